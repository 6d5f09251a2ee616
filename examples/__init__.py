"""Programs that are worth copying: a service and its client, clean under every rule."""
