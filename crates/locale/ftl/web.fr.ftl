# What the webmail says.

## The frame of every page
web-skip-to-content = Aller au contenu
web-account-nav = Compte
web-settings = Réglages
web-places = Dossiers et libellés
web-labels = Libellés
web-close = Fermer
web-close-note = Fermer ce message
web-write = Écrire
web-sign-out = Se déconnecter
web-undo = Annuler
web-space-used = { $used } utilisés sur { $limit }
web-space-grows = Votre espace grandit de { $name } par jour.

## Places
web-inbox = Boîte de réception
web-starred = Suivis
web-sent = Envoyés
web-drafts = Brouillons
web-outbox = Boîte d’envoi
web-all = Tous les messages
web-spam = Indésirables
web-trash = Corbeille
web-draft-count = { $count ->
    [one] { $count } brouillon
   *[other] { $count } brouillons
}
web-message-count = { $count ->
    [one] { $count } message
   *[other] { $count } messages
}
web-messages-word = { $count ->
    [one] message
   *[other] messages
}

## Places with nothing in them
web-empty-inbox = Tout est lu et rangé.
web-empty-inbox-text = Le nouveau courrier s’affiche ici quand vous actualisez.
web-empty-starred = Rien à suivre pour l’instant.
web-empty-starred-text = L’étoile garde une lettre en vue. Elle se trouve au début de chaque ligne.
web-empty-sent = Rien d’envoyé pour l’instant.
web-empty-drafts = Aucun brouillon.
web-empty-outbox = Rien n’attend de partir.
web-empty-all = Pas encore de courrier.
web-empty-spam = Aucun indésirable.
web-empty-trash = Rien à jeter.
web-empty-trash-text = Ce que vous supprimez reste ici jusqu’à ce que vous vidiez la corbeille.
web-empty-label = Rien sous ce libellé.

## A list
web-tools-list = Actions sur les conversations cochées
web-tick-all = Cocher toute la page
web-untick-all = Tout décocher
web-tick = Cocher : { $name }
web-nothing-ticked = Rien n’était coché : cochez d’abord des conversations, puis choisissez quoi faire.
web-range = { $first }–{ $last } sur { $total }
web-newer = Plus récents
web-older = Plus anciens
web-pages = Pages
web-refresh = Actualiser
web-checked = Dernière vérification à { $name }.
web-unread-mark = Non lu.
web-draft-mark = Brouillon,
web-starred-mark = Suivi,
web-has-attachment = Pièce jointe,
web-star = Suivre
web-unstar = Ne plus suivre
web-back-to-inbox = Retour à la boîte de réception
web-back-to = Retour : { $name }
web-no-subject = (sans objet)
web-nobody = (personne)
web-me = moi
web-to-people = à { $name }
web-to-nobody = à personne encore
web-and-more = { $count } autres

## What can be done with conversations
web-archive = Archiver
web-delete = Supprimer
web-spam-it = Indésirable
web-not-spam = Pas indésirable
web-mark-read = Marquer comme lu
web-mark-unread = Marquer comme non lu
web-to-inbox = Remettre dans la boîte de réception
web-delete-forever = Supprimer pour toujours
web-unlabel = Retirer le libellé
web-cancel-sending = Ne pas envoyer
web-empty-trash-button = Vider la corbeille
web-empty-spam-button = Vider les indésirables

## What was done
web-done-archive = { $count ->
    [one] Conversation archivée
   *[other] { $count } conversations archivées
}
web-done-delete = { $count ->
    [one] Conversation mise à la corbeille
   *[other] { $count } conversations mises à la corbeille
}
web-done-spam = { $count ->
    [one] Conversation rangée dans les indésirables
   *[other] { $count } conversations rangées dans les indésirables
}
web-done-notspam = { $count ->
    [one] Remise dans la boîte de réception
   *[other] { $count } conversations remises dans la boîte de réception
}
web-done-inbox = { $count ->
    [one] Conversation remise dans la boîte de réception
   *[other] { $count } conversations remises dans la boîte de réception
}
web-done-read = { $count ->
    [one] Marquée comme lue
   *[other] { $count } conversations marquées comme lues
}
web-done-unread = { $count ->
    [one] Marquée comme non lue
   *[other] { $count } conversations marquées comme non lues
}
web-done-unlabel = { $count ->
    [one] Libellé retiré
   *[other] Libellé retiré de { $count } conversations
}
web-done-forever = { $count ->
    [one] Supprimé pour toujours
   *[other] { $count } supprimés pour toujours
}
web-done-cancel = { $count ->
    [one] Rien n’est parti. Votre lettre est revenue dans les brouillons.
   *[other] Rien n’est parti. { $count } lettres sont revenues dans les brouillons.
}
web-undone = C’est annulé
web-cannot-undo = Il n’est plus possible d’annuler.
web-too-late = Trop tard : la lettre est déjà partie.

## A conversation
web-tools-conversation = Actions sur la conversation
web-earlier-messages = { $count ->
    [one] { $count } message plus ancien
   *[other] { $count } messages plus anciens
}
web-details = Adresses et détails
web-show-source = Voir la source
web-save-message = Enregistrer dans un fichier
web-from = De
web-reply-to-line = Réponse à
web-to = À
web-cc = Copie
web-bcc = Cci
web-date = Date
web-received = Reçu
web-subject = Objet
web-envelope = Expéditeur d’enveloppe
web-size = Taille
web-attachments = Pièces jointes
web-download = Télécharger
web-quoted-text = Texte cité
web-simple = Vue simple, sans la mise en page de l’expéditeur.
web-simple-pictures = Vue simple : la mise en page et les images sont laissées de côté, personne ne saura que vous avez ouvert ce message.
web-no-text = Ce message ne contient pas de texte.
web-text-cut = Ce message est très long ; seul son début est affiché.
web-in-spam = Ce message est rangé dans les indésirables. Ne suivez pas ses liens et n’y répondez pas.
web-waits = Pas encore parti.
web-waits-text = Ce message attend dans la boîte d’envoi. Vous pouvez encore le retenir.
web-edit-draft = Continuer à écrire
web-reply = Répondre
web-reply-all = Répondre à tous
web-forward = Transférer
web-reply-to = Répondre à { $name }
web-more-fields = Plus de place
web-wrote = Le { $date }, { $name } a écrit :
web-forwarded = Message transféré
web-header-line = { $name } : { $value }

## Writing
web-title-new = Nouveau message
web-title-answer = Réponse
web-title-draft = Brouillon
web-to-hint = Noms ou adresses, séparés par des virgules
web-optional = Facultatif
web-bcc-hint = Facultatif ; les autres ne le voient pas
web-message = Message
web-attach = Joindre
web-untick-to-drop = Décochez un fichier pour ne pas l’envoyer.
web-send = Envoyer
web-save-draft = Enregistrer
web-discard-draft = Jeter le brouillon
web-undo-promise = { $count ->
    [0] Le message part aussitôt.
    [one] Après l’envoi, vous avez une seconde pour changer d’avis.
   *[other] Après l’envoi, vous avez { $count } secondes pour changer d’avis.
}
web-saved-at = Enregistré : { $name }
web-sent-note = Message envoyé
web-discarded = Brouillon mis à la corbeille
web-not-sent = Le message n’est pas parti.
web-saved-but = C’est enregistré, mais sans ceci :
web-bad-address = « { $name } » n’est pas une adresse. Écrivez-la sous la forme nom@exemple.fr.
web-no-recipient = Il n’y a pas de destinataire. Écrivez au moins une adresse dans le champ À.
web-too-many-recipients = Un message va à { $count } personnes au plus. Au-delà, utilisez une liste de diffusion.
web-not-your-address = { $name } n’est pas une adresse de votre compte. Choisissez l’une des vôtres dans le champ De.
web-no-such-user = Personne n’a l’adresse { $name } ici. Vérifiez l’orthographe.
web-recipient-closed = La boîte de { $name } est fermée. Retirez cette adresse.
web-not-outside = { $name } ne peut pas être joint : ce serveur n’envoie de courrier qu’à ses propres adresses.
web-full = Votre boîte est pleine. Supprimez un gros message et videz la corbeille, puis réessayez.
web-disk-full = Le serveur n’a plus de place pour le courrier. Votre administrateur doit en faire ; réessayez plus tard.
web-letter-too-large = Avec ses pièces jointes, ce message dépasse { $name }. Retirez un fichier ou transmettez-le autrement.
web-refused = Le message a été refusé : { $name }

## Signing in
web-sign-in = Connexion
web-hello = Bonjour.
web-mail-awaits = Votre courrier vous attend.
web-promise = Ici, vos lettres restent chez vous : pas de publicité, pas de pistage, pas de tiers.
web-full-address = Adresse complète
web-password = Mot de passe
web-stay = Rester connecté sur cet appareil
web-open-my-mail = Ouvrir ma boîte
web-forgotten = Mot de passe oublié ? Votre administrateur peut vous en donner un nouveau.
web-login-refused = Adresse ou mot de passe incorrect. Vérifiez la touche majuscule, puis réessayez.
web-login-suspended = Ce compte est suspendu. Adressez-vous à votre administrateur.
web-login-too-fast = { $count ->
    [one] Trop d’essais. Réessayez dans une seconde.
   *[other] Trop d’essais. Réessayez dans { $count } secondes.
}
web-login-again = Cette page est restée ouverte trop longtemps, ou les cookies sont bloqués. Tapez de nouveau votre mot de passe.
web-signed-out = Vous êtes déconnecté.

## The account
web-sections = Rubriques
web-space = Espace
web-space-messages = { $count ->
    [one] { $count } message en tout.
   *[other] { $count } messages en tout.
}
web-general = Général
web-your-name = Votre nom
web-your-name-help = Il précède votre adresse dans ce que vous envoyez.
web-language = Langue
web-zone = Fuseau horaire
web-zone-server = Celui du serveur
web-zone-help = Par exemple Europe/Paris. Il y est { $name }.
web-zone-unknown = « { $name } » n’est pas un fuseau horaire. Écrivez-le comme Europe/Paris, ou laissez le champ vide.
web-theme = Apparence
web-theme-auto = Comme l’appareil
web-theme-light = Claire
web-theme-dark = Sombre
web-density = Lignes de la liste
web-density-compact = Serrées
web-density-normal = Confortables
web-density-airy = Aérées
web-save = Enregistrer
web-saved = C’est enregistré
web-app-passwords = Mots de passe d’application
web-app-passwords-help = Pour un téléphone ou un logiciel de courrier. Chacun ne sert qu’à un appareil et se retire sans toucher aux autres.
web-app-password-ready = « { $name } » est prêt.
web-app-password-once = Recopiez ce mot de passe, il ne sera plus affiché.
web-app-name = Nom
web-app-created = Créé
web-app-used = Dernier usage
web-never = jamais
web-app-new = Nouvel appareil
web-app-new-hint = Téléphone
web-create = Créer
web-revoke = Retirer
web-app-revoked = C’est retiré : ce mot de passe n’ouvre plus rien
web-app-needs-name = Donnez un nom à l’appareil, pour le reconnaître plus tard.
web-app-too-many = Il y a déjà { $count } mots de passe d’application. Retirez-en un qui ne sert plus.
web-action = Action
web-change-password = Changer le mot de passe
web-current-password = Mot de passe actuel
web-new-password = Nouveau mot de passe
web-new-password-help = Mieux vaut long que compliqué : quatre mots, par exemple.
web-new-password-again = Encore une fois
web-password-wrong = Le mot de passe actuel n’est pas le bon.
web-password-differs = Les deux nouveaux mots de passe diffèrent. Tapez deux fois le même.
web-password-short = Le nouveau mot de passe est trop court : il faut au moins { $count } caractères.
web-password-long = Le nouveau mot de passe est trop long : { $count } octets au plus.
web-password-changed = Mot de passe changé ; les autres sessions sont fermées
web-sessions = Sessions
web-session-device = Appareil
web-session-from = Depuis
web-session-used = Dernier usage
web-session-this = Cet appareil
web-session-unknown = Appareil inconnu
web-session-close = Fermer
web-session-close-others = Fermer toutes les autres sessions
web-session-closed = Session fermée
web-sessions-closed = Toutes les autres sessions sont fermées

## When something goes wrong
web-reference = Référence { $name }.
web-error-not-found-title = Il n’y a rien ici.
web-error-not-found-text = L’adresse est inexacte, ou ce qui s’y trouvait a été supprimé ou déplacé.
web-error-foreign-title = Ce formulaire n’était pas le nôtre.
web-error-foreign-text = Il venait d’un autre site, ou d’une page ouverte avant votre dernière connexion. Rien n’a été changé. Revenez en arrière, rechargez la page et réessayez.
web-error-tls-title = Pas par cette connexion.
web-error-tls-text = Les mots de passe et les lettres ne voyagent que chiffrés. Ouvrez de nouveau l’adresse, avec https:// devant.
web-error-bad-request-title = Cette demande n’a pas de sens.
web-error-bad-request-text = Le formulaire est arrivé incomplet. Rien n’a été changé. Revenez en arrière, rechargez la page et réessayez.
web-error-too-large-title = C’est trop gros.
web-error-too-large-text = Il en est venu plus qu’on ne peut en prendre à la fois. Rien n’a été changé. Revenez en arrière et retirez quelque chose.
web-error-full-title = Votre boîte est pleine.
web-error-full-text = Supprimez un gros message et videz la corbeille, puis réessayez.
web-error-disk-title = Le serveur n’a plus de place.
web-error-disk-text = Rien n’a pu être écrit. La lecture reste possible. Votre administrateur doit faire de la place ; prévenez-le, puis réessayez.
web-error-temporary-title = Pas tout de suite.
web-error-temporary-text = Le serveur a un ennui passager. Rien n’est perdu. Réessayez dans une minute.
web-error-internal-title = C’est notre faute.
web-error-internal-text = Quelque chose s’est mal passé sur le serveur et a été noté. Si cela se reproduit, donnez à votre administrateur la référence ci-dessous.
