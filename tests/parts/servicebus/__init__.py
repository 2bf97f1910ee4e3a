"""The client of Service Bus, against a broker of the tests."""
