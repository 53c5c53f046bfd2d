"""The signed-in home: what of each feature a person should see first."""
