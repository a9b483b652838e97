"""Sales goals for any CRM."""
