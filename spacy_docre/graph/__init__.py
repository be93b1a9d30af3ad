"""What is known of documents, as plain data for files and graphs."""
