# What the command line says.

cli-word-usage = Usage:
cli-word-commands = Commands
cli-word-command = COMMAND
cli-word-arguments = Arguments
cli-word-options = Options

cli-help = A complete mail service in one program
cli-help-config = Check the settings, or show their defaults
cli-help-config-check = Read the settings and name everything that is wrong
cli-help-config-default = Print the default settings, explained

cli-arg-config = Settings file (default: /etc/facteur/facteur.toml, else ./facteur.toml)
cli-arg-data = Data directory, for a store without a settings file
cli-arg-json = Print JSON
cli-arg-help = Print help
cli-arg-version = Print the version

cli-config-none = There are no settings: neither /etc/facteur/facteur.toml nor ./facteur.toml exists. Name a file by --config or a data directory by --data, or begin with: facteur init --domain example.org
cli-config-none-good = There is no settings file, so everything has its default.
cli-config-good = { $file }: the settings are good.
cli-config-unreadable = { $file } cannot be read: { $error }
cli-config-unknown-key = { $file }:{ $line }: there is no key { $key }. See: facteur config default
cli-config-unknown-key-nearest = { $file }:{ $line }: there is no key { $key }; did you mean { $nearest }?
cli-config-invalid = { $file }:{ $line }: { $detail }
cli-config-wrong = { $problems ->
    [one] { $file } has a mistake.
   *[other] { $file } has { $problems } mistakes.
}
