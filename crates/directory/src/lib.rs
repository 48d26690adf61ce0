//! Who exists here: domains, accounts, aliases, passwords, quotas.
