"""The client of Event Hubs, against a broker of the tests."""
