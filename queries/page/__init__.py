"""The report page: templates and texts in Python's hands, a thin script in the browser's."""
