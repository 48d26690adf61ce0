# Ce que dit la ligne de commande.

cli-word-usage = Usage :
cli-word-commands = Commandes
cli-word-command = COMMANDE
cli-word-arguments = Arguments
cli-word-options = Options

cli-help = Un service de courrier complet en un seul programme
cli-help-config = Vérifier les réglages, ou montrer leurs valeurs par défaut
cli-help-config-check = Lire les réglages et nommer tout ce qui ne va pas
cli-help-config-default = Écrire les réglages par défaut, expliqués

cli-arg-config = Fichier de réglages (par défaut /etc/facteur/facteur.toml, sinon ./facteur.toml)
cli-arg-data = Dossier des données, pour un dépôt sans fichier de réglages
cli-arg-json = Écrire du JSON
cli-arg-help = Afficher cette aide
cli-arg-version = Afficher la version

cli-config-none = Il n’y a pas de réglages : ni /etc/facteur/facteur.toml ni ./facteur.toml n’existe. Nommez un fichier par --config ou un dossier de données par --data, ou commencez par : facteur init --domain exemple.fr
cli-config-none-good = Il n’y a pas de fichier de réglages : tout a sa valeur par défaut.
cli-config-good = { $file } : les réglages sont bons.
cli-config-unreadable = { $file } ne peut pas être lu : { $error }
cli-config-unknown-key = { $file }:{ $line } : il n’y a pas de clé { $key }. Voyez : facteur config default
cli-config-unknown-key-nearest = { $file }:{ $line } : il n’y a pas de clé { $key } ; vouliez-vous dire { $nearest } ?
cli-config-invalid = { $file }:{ $line } : { $detail }
cli-config-wrong = { $problems ->
    [one] { $file } contient une erreur.
   *[other] { $file } contient { $problems } erreurs.
}
