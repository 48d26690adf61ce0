# Ce que dit la ligne de commande.

cli-word-usage = Usage :
cli-word-commands = Commandes
cli-word-command = COMMANDE
cli-word-arguments = Arguments
cli-word-options = Options

cli-help = Un service de courrier complet en un seul programme
cli-help-demo = Un serveur complet et jetable sur cette machine, avec des comptes et du courrier
cli-help-serve = Servir le courrier
cli-help-init = Écrire les réglages, les clés et le premier compte
cli-help-domain = Les domaines servis ici
cli-help-domain-add = Servir un domaine
cli-help-domain-list = Énumérer les domaines
cli-help-domain-remove = Ne plus servir un domaine
cli-help-domain-dns = Écrire les enregistrements DNS à publier pour un domaine
cli-help-account = Les comptes, leurs mots de passe et leurs quotas
cli-help-account-add = Créer un compte
cli-help-account-list = Énumérer les comptes
cli-help-account-remove = Supprimer un compte et tout son courrier
cli-help-account-rename = Donner une autre adresse à un compte ; son courrier reste
cli-help-account-suspend = Fermer un compte sans rien perdre, ou le rouvrir
cli-help-account-password = Fixer le mot de passe d’un compte
cli-help-account-app-password = Des mots de passe pour un seul programme ou appareil
cli-help-account-app-password-add = Créer un mot de passe d’application et le montrer une fois
cli-help-account-app-password-list = Énumérer les mots de passe d’application d’un compte
cli-help-account-app-password-revoke = Retirer toute valeur à un mot de passe d’application
cli-help-account-quota = Fixer ce qu’un compte peut contenir
cli-help-alias = Des adresses qui mènent à des comptes
cli-help-alias-add = Créer un alias
cli-help-alias-list = Énumérer les alias
cli-help-alias-remove = Supprimer un alias
cli-help-queue = Le courrier qui attend d’être envoyé
cli-help-queue-list = Énumérer le courrier qui attend
cli-help-queue-show = Montrer un courrier et le sort de chaque destinataire
cli-help-queue-retry = Essayer d’envoyer un courrier maintenant
cli-help-queue-hold = Retenir un courrier
cli-help-queue-remove = Abandonner un courrier
cli-help-import = Prendre le courrier de fichiers mbox et de Maildir, avec marques et libellés
cli-help-export = Écrire le courrier d’un compte en fichiers mbox ou en Maildir
cli-help-config = Vérifier les réglages, ou montrer leurs valeurs par défaut
cli-help-config-check = Lire les réglages et nommer tout ce qui ne va pas
cli-help-config-default = Écrire les réglages par défaut, expliqués

cli-arg-config = Fichier de réglages (par défaut /etc/facteur/facteur.toml, sinon ./facteur.toml)
cli-arg-data = Dossier des données, pour un dépôt sans fichier de réglages
cli-arg-json = Écrire du JSON
cli-arg-help = Afficher cette aide
cli-arg-version = Afficher la version
cli-arg-domain = Domaine, par exemple exemple.fr
cli-arg-address = Adresse d’un compte, par exemple alice@exemple.fr
cli-arg-alias = Adresse de l’alias
cli-arg-alias-add-to = Adresses des comptes où il mène
cli-arg-account-rename-to = La nouvelle adresse
cli-arg-account-suspend-lift = Rouvrir le compte
cli-arg-account-quota-quota = Taille, par exemple 10G, ou le mot default
cli-arg-account-app-password-revoke-id = Numéro du mot de passe d’application, tel que la liste le montre
cli-arg-password-stdin = Lire le mot de passe à la première ligne de l’entrée standard
cli-arg-quota = Ce qu’il peut contenir, par exemple 10G (par défaut le quota croissant des réglages)
cli-arg-admin = En faire un administrateur
cli-arg-language = Langue du compte : en ou fr (par défaut la vôtre)
cli-arg-label = À quoi il sert, par exemple le nom de l’appareil
cli-arg-protocol = Ce qu’il ouvre : smtp, imap, pop3 (par défaut tous)
cli-arg-id = Numéro du courrier, tel que la liste le montre
cli-arg-import-source = Fichiers et dossiers à lire
cli-arg-import-label = Libellé à donner (par défaut selon le nom de chaque fichier ou dossier)
cli-arg-directory = Dossier à écrire, nouveau ou d’un export précédent
cli-arg-format = Ce qui est écrit
cli-arg-export-label = N’exporter que ce libellé
cli-arg-init-domain = Domaine des adresses de courrier
cli-arg-init-data = Dossier des données (par défaut /var/lib/facteur, ou ./facteur-data sans les droits)
cli-arg-init-config = Fichier de réglages à écrire (par défaut /etc/facteur/facteur.toml, ou ./facteur.toml sans les droits)
cli-arg-init-admin = Adresse du premier compte, un administrateur (par défaut admin@ le domaine)
cli-arg-init-hostname = Nom complet de ce serveur (par défaut mail. et le domaine)
cli-arg-demo-data = Dossier de ses données (par défaut un dossier temporaire)
cli-arg-demo-keep = Garder les données à la fin ; un prochain démarrage les retrouve
cli-arg-demo-port-offset = Ajouté à chaque port habituel
cli-arg-demo-bind = Adresse où écouter

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

cli-runtime = Le système refuse ce dont tout programme a besoin : { $error }
cli-stdin = L’entrée standard ne peut pas être lue : { $error }
cli-unreadable = { $path } ne peut pas être lu : { $error }
cli-unwritable = { $path } ne peut pas être écrit : { $error }
cli-refused = Pas fait : { $error }
cli-bad-name = { $name } ne peut pas servir de nom. Écrivez un domaine comme exemple.fr et une adresse comme alice@exemple.fr.

cli-store-none = Il n’y a pas de dépôt dans { $data }. Vérifiez le dossier, ou commencez par : facteur init --domain exemple.fr
cli-store-permission = Le serveur de { $data } appartient à un autre utilisateur. Lancez cette commande sous son nom, ou comme root.
cli-store-busy = Un autre programme tient ouvert le dépôt de { $data } : { $error }. Si c’est un serveur, il démarre ou s’arrête ; réessayez dans un instant.
cli-store-open = Le dépôt de { $data } ne peut pas être ouvert : { $error }
cli-store-failed = Le dépôt a échoué : { $error }. Réessayez ; le journal du serveur en dit peut-être plus.
cli-data-dir = Le dossier des données { $data } ne peut pas être créé : { $error }
cli-server-lost = Le serveur s’est arrêté avant de répondre : { $error }. Réessayez.
cli-server-other-version = Le serveur qui tourne est d’une autre version que ce programme. Redémarrez le serveur.

cli-column-domain = Domaine
cli-column-accounts = Comptes
cli-column-address = Adresse
cli-column-messages = Messages
cli-column-used = Occupé
cli-column-quota = Quota
cli-column-state = État
cli-column-alias = Alias
cli-column-to = Mène à
cli-column-number = Numéro
cli-column-label = Libellé
cli-column-protocols = Ouvre
cli-column-created = Créé
cli-column-last-used = Dernier usage
cli-column-sender = Expéditeur
cli-column-recipients = Destinataires
cli-column-due = Prochain essai
cli-column-attempts = Essais
cli-state-administrator = administrateur
cli-state-suspended = suspendu
cli-all-protocols = tout
cli-never = jamais

cli-domain-added = { $domain } est servi maintenant. Ce qu’il faut publier dans le DNS : facteur domain dns { $domain }
cli-domain-removed = { $domain } n’est plus servi.
cli-domain-none = Aucun domaine n’est encore servi. Ajoutez-en un : facteur domain add exemple.fr
cli-domain-bad = { $domain } n’est pas un nom de domaine.
cli-domain-exists = { $domain } est déjà servi.
cli-domain-in-use = { $domain } a encore { $accounts ->
    [one] { $accounts } compte
   *[other] { $accounts } comptes
} et { $aliases } alias. Supprimez-les ou renommez-les d’abord.
cli-no-domain = { $domain } n’est pas servi ici. Ajoutez-le d’abord : facteur domain add { $domain }

cli-account-added = Le compte { $address } est créé.
cli-account-removed = Le compte { $address } et son courrier sont supprimés.
cli-account-renamed = { $address } est maintenant { $to }.
cli-account-suspended = { $address } est fermé : personne ne s’y connecte et le courrier qui lui vient est refusé. Son courrier est gardé.
cli-account-opened = { $address } est rouvert.
cli-account-password = { $address } a un nouveau mot de passe.
cli-account-quota = Le quota de { $address } est fixé.
cli-account-none = Il n’y a pas encore de compte. Créez-en un : facteur account add alice@exemple.fr
cli-no-account = Il n’y a pas de compte { $address }. Voyez : facteur account list
cli-address-taken = { $address } existe déjà, comme compte ou comme alias.
cli-plus-in-name = { $address } contient un +, qui marque une sous-adresse. Choisissez un nom sans lui.
cli-last-administrator = { $address } est le dernier administrateur. Nommez d’abord un autre administrateur.

cli-password-ask = Mot de passe (vide : il en est fait un pour vous) :
cli-password-again = Encore une fois :
cli-password-differ = Les deux mots de passe diffèrent. Rien n’a changé.
cli-password-empty = La première ligne de l’entrée standard est vide ; un mot de passe y était attendu.
cli-password-made = Mot de passe : { $password }
cli-password-short = { $least ->
    [one] Le mot de passe est trop court : il lui faut { $least } caractère.
   *[other] Le mot de passe est trop court : il lui faut { $least } caractères.
}
cli-password-long = { $most ->
    [one] Le mot de passe est trop long : il peut avoir { $most } octet.
   *[other] Le mot de passe est trop long : il peut avoir { $most } octets.
}

cli-app-password-made = Mot de passe d’application { $number } : { $password } (montré seulement maintenant)
cli-app-password-revoked = Le mot de passe d’application { $number } n’ouvre plus rien.
cli-app-password-none = Ce compte n’a pas de mot de passe d’application.
cli-no-app-password = Il n’y a pas de tel mot de passe d’application. Voyez : facteur account app-password list

cli-alias-added = L’alias { $alias } est créé.
cli-alias-removed = L’alias { $alias } est supprimé.
cli-alias-none = Il n’y a pas encore d’alias.
cli-no-alias = Il n’y a pas d’alias { $alias }. Voyez : facteur alias list

cli-over-quota = Le compte est plein : { $used } occupés sur { $limit }. Augmentez son quota par facteur account quota, puis recommencez ; ce qui est déjà là n’est pas pris deux fois.
cli-import-unknown = { $path } n’est ni un fichier mbox ni un Maildir, ni un dossier qui en contient.
cli-import-stopped = Interrompu. Ce qui a été pris est gardé ; la même commande continue de là.
cli-import-too-large = { $messages ->
    [one] { $messages } message dépassait 150 Mo et a été laissé.
   *[other] { $messages } messages dépassaient 150 Mo et ont été laissés.
}
cli-imported = { $new ->
    [one] { $new } message pris
   *[other] { $new } messages pris
}, { $known } déjà là.
cli-label-bad = { $label } ne peut pas être un libellé : { $error }
cli-no-label = Il n’y a pas de libellé { $label } dans ce compte.
cli-exported = { $messages ->
    [one] { $messages } message
   *[other] { $messages } messages
} dans { $mailboxes ->
    [one] { $mailboxes } boîte
   *[other] { $mailboxes } boîtes
}, écrits dans { $path }
cli-export-other = { $path } n’est pas vide et ne contient pas d’export de ce compte dans ce format. Choisissez un autre dossier.
cli-export-stopped = Interrompu. Les boîtes terminées sont gardées ; la même commande continue de là.

cli-log-level = Le réglage log.level vaut { $level }, qui n’est pas un niveau de journal : { $error }
cli-tls = Il n’y a pas de certificat utilisable : { $error }
cli-admin-socket = La prise des commandes ne peut pas être créée dans { $data } : { $error }
cli-port-busy = Le port { $port } ({ $door }) de { $address } est pris par un autre programme. Arrêtez ce programme, ou choisissez une autre adresse sous [listen].
cli-port-forbidden = Le port { $port } ({ $door }) de { $address } n’est pas permis à cet utilisateur. Lancez Facteur comme root, donnez-lui le droit par setcap cap_net_bind_service=+ep, ou choisissez un autre port sous [listen].
cli-port-refused = Le port { $port } ({ $door }) ne peut pas être ouvert sur { $address } : { $error }

cli-init-exists = { $file } existe déjà et n’a pas été touché. Nommez un autre fichier par --config, ou supprimez-le d’abord.
cli-init-done = Réglages : { $file }. Données : { $data }. Prenez soin des deux, et sauvegardez les données.
cli-init-account = Premier compte, un administrateur : { $address }
cli-init-dns = À publier dans le DNS, avec l’adresse de cette machine à la place de ADRESSE :
cli-init-host = { $host } IN A    ADRESSE
cli-init-next = Lancez ensuite le serveur par : { $command }. Son webmail est à https://{ $host }/ et son certificat est autosigné tant que [tls] n’en nomme pas un meilleur.

cli-demo-title = Facteur tourne, avec du courrier dedans.
cli-demo-open = Ouvrez      { $http }
    ou { $https } (certificat autosigné)
cli-demo-accounts = Comptes     { $accounts }
    tous avec le mot de passe { $password }
cli-demo-program = Logiciels   serveur { $host }, identifiant : l’adresse entière ; acceptez le certificat
    IMAP { $imap } STARTTLS ou { $imaps } TLS, POP3 { $pop3 } ou { $pop3s }
    envoi { $submission } STARTTLS ou { $submissions } TLS
cli-demo-curl = Envoyez un message à alice et regardez-le arriver :
cli-demo-stop = Rien ne quitte cette machine. Ctrl-C arrête tout et jette les données.
cli-demo-stop-kept = Rien ne quitte cette machine. Ctrl-C arrête tout ; le courrier reste dans { $data }.
cli-demo-kept = Les données sont gardées dans { $data }.
cli-demo-left = Les données de { $data } n’ont pas pu être jetées : { $error }
cli-demo-not-ours = { $data } contient autre chose qu’une démonstration de Facteur. Choisissez un autre dossier.
cli-demo-next-offset = Ou essayez : { $command } demo --port-offset { $offset }

cli-arg-queue-remove-tell = Prévenir son expéditeur qu’il n’a pas été remis
cli-state-on-hold = retenu
cli-state-held = peut être repris
cli-state-waiting = en attente
cli-state-sending = en cours d’envoi
cli-queue-none = Aucun courrier n’attend.
cli-queue-retried = Le courrier { $id } est essayé maintenant.
cli-queue-held = Le courrier { $id } est retenu jusqu’à facteur queue retry { $id }.
cli-queue-removed = Le courrier { $id } est retiré.
cli-queue-no-mail = Aucun courrier { $id } n’attend. Voyez : facteur queue list
cli-queue-busy = Le courrier { $id } est en cours d’envoi. Réessayez dans une minute.

cli-usage-no-command = Il n’y a pas de commande { $what }.
cli-usage-unknown = { $what } n’existe pas ici.
cli-usage-missing = Il manque { $what }.
cli-usage-no-value = { $what } veut une valeur.
cli-usage-value = { $value } ne convient pas à { $what } : { $cause }
cli-usage-help = Voyez la même commande avec --help.
