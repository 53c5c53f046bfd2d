"""What tests of several features use: stages, clients, browsers, and stand-ins."""
