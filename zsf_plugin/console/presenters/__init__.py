"""What all pages share: entries, causes, records, values. Makes no API call."""
