"""What a host tests its own code with. Imported by path, never by the core.

`testing.strategies` has strategies and worlds for Hypothesis; `testing.registration` makes `st.from_type` know the values.
"""
