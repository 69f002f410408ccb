"""Events as people meet them: the public pages with their calendar, signing up, and the phone page of the team."""
