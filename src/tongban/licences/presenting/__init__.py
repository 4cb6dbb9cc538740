"""Licences shown by their holder: chosen fields, once, by a code that lives two minutes."""
