# Words several rooms use.

date-today = Aujourd’hui
date-yesterday = Hier
date-earlier-in = Plus tôt en { $month }

unread-count = { $count ->
    [one] { $count } non lu
   *[other] { $count } non lus
}
