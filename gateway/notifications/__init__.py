"""Who is told of what, and by which way? (docs/notifications.md)"""
