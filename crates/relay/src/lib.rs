//! Delivery to the world: routes, the SMTP client, results, DSNs.
