"""The admin API's OpenAPI document, built from the code's own enums, limits and errors."""
