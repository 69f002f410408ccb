"""Did it help? What happened before and after a training, an event, a material or a visit, in the same place and in comparable ones."""
