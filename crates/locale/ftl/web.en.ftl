# What the webmail says.
