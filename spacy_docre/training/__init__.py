"""What training needs besides the component."""
