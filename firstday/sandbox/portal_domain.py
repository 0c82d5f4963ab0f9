"""The custom domain that the portal's listener stands for."""

# Never resolved: it names the mapping in API Gateway only.
DOMAIN = "portal.firstday.internal"
