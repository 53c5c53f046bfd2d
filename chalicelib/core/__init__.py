"""What every feature stands on: settings, clients, the signed-in person, errors, schemas, pages, log."""
