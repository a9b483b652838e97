"""Ready-made doors to storage and CRM data. Each is imported by its own path; some need an extra."""
