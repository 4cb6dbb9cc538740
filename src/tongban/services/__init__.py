"""Floor 3: what is offered: items, journeys, forms and guides."""
