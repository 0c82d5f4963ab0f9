"""The whole product on one machine: an embedded AWS, and an organisation deployed into it."""
