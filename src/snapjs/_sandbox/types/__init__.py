"""The types of what crosses between Python and JavaScript: read, checked, and told of."""
