"""The base of every feature: settings, clients, the signed-in person, errors, schemas, pages, log."""
