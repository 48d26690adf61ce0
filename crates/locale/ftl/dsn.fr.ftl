# Ce que disent les avis de non-remise et les autres rapports (RFC 3461, RFC 3464).

dsn-from = Distribution du courrier
dsn-subject-failed = Non remis : { $subject }
dsn-subject-delayed = En retard : { $subject }
dsn-subject-succeeded = Remis : { $subject }
dsn-no-subject = (sans objet)

dsn-failed = { $count ->
    [one] Votre message n’a pas pu être remis à cette adresse. Il n’y aura pas d’autre essai.
   *[other] Votre message n’a pas pu être remis à ces { $count } adresses. Il n’y aura pas d’autre essai.
}
dsn-delayed = { $count ->
    [one] Votre message n’est pas encore arrivé à cette adresse. Inutile de l’envoyer de nouveau : les essais continuent jusqu’au { $until }, et vous serez prévenu en cas d’échec.
   *[other] Votre message n’est pas encore arrivé à ces { $count } adresses. Inutile de l’envoyer de nouveau : les essais continuent jusqu’au { $until }, et vous serez prévenu en cas d’échec.
}
dsn-succeeded = { $count ->
    [one] Votre message est arrivé à cette adresse.
   *[other] Votre message est arrivé à ces { $count } adresses.
}
dsn-others = Ceci ne dit rien de ses autres destinataires.
dsn-message-subject = Objet : { $subject }
dsn-message-date = Envoyé : { $date }
dsn-said = Le serveur { $host } a dit : { $reply }
dsn-reason = Raison technique : { $reply }
dsn-expired = Les essais ont duré { $days ->
    [one] un jour
   *[other] { $days } jours
}, sans succès.
dsn-delivered = Il est dans la boîte du destinataire. On ne sait pas s’il a été lu.
dsn-relayed = Le serveur { $host } l’a pris en charge. Ce serveur n’envoie pas de confirmation à l’arrivée.
dsn-end = Le rapport technique et votre message, ou son en-tête, sont joints.

dsn-why-address = Cette adresse n’existe pas.
dsn-do-address = Vérifiez l’orthographe de ce qui précède le @, ou demandez à la personne par un autre moyen quelle est la bonne adresse.
dsn-why-domain = Le domaine { $domain } n’existe pas, ou ne reçoit pas de courrier.
dsn-do-domain = Vérifiez l’orthographe de ce qui suit le @.
dsn-why-full = La boîte du destinataire est pleine.
dsn-do-full = Renvoyez-le dans quelques jours, ou prévenez la personne par un autre moyen.
dsn-why-disabled = La boîte du destinataire ne reçoit pas de courrier en ce moment.
dsn-do-disabled = Prévenez la personne par un autre moyen.
dsn-why-large = Le message est plus gros que ce que le serveur du destinataire accepte.
dsn-do-large = Envoyez des pièces jointes plus petites, ou un lien vers les fichiers.
dsn-why-refused = Le serveur du destinataire a refusé ce message selon ses propres règles : il le prend peut-être pour du spam.
dsn-do-refused = Lisez plus bas ce que ce serveur a dit. Si vous n’y pouvez rien, demandez à la personne de vous écrire d’abord, ou prévenez l’administrateur de votre propre serveur.
dsn-why-unproven = Le serveur du destinataire n’est pas convaincu que ce message vient de votre domaine.
dsn-do-unproven = Montrez ce rapport à l’administrateur de votre serveur : les enregistrements DNS de votre domaine (SPF, DKIM ou DMARC) sont à revoir.
dsn-why-unreachable = Le serveur du destinataire est injoignable.
dsn-do-unreachable = Renvoyez-le plus tard. Si cela dure, prévenez la personne par un autre moyen.
dsn-why-busy = Le serveur du destinataire n’accepte pas le message en ce moment.
dsn-do-busy = Renvoyez-le plus tard. Si cela dure, prévenez la personne par un autre moyen.
dsn-why-utf8 = Le serveur du destinataire ne connaît pas les adresses avec des lettres hors de l’ASCII.
dsn-do-utf8 = Utilisez une adresse sans accents, pour le destinataire et pour vous-même.
dsn-why-bits = Le serveur du destinataire est si ancien qu’il ne peut pas recevoir ce genre de contenu.
dsn-do-bits = Renvoyez-le sans signature ni chiffrement, en texte simple.
dsn-why-loop = Le message a tourné en rond entre des serveurs.
dsn-do-loop = Montrez ce rapport à l’administrateur du domaine du destinataire : son courrier est renvoyé là d’où il vient.
dsn-why-removed = Un administrateur de votre serveur l’a arrêté.
dsn-do-removed = Demandez-lui pourquoi avant de l’envoyer de nouveau.
dsn-why-other = Le serveur du destinataire a refusé le message.
dsn-do-other = Lisez plus bas ce que ce serveur a dit, puis corrigez, ou prévenez la personne par un autre moyen.
