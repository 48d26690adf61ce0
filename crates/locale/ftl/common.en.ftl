# Words several rooms use.

date-today = Today
date-yesterday = Yesterday
date-earlier-in = Earlier in { $month }

unread-count = { $count ->
    [one] { $count } unread
   *[other] { $count } unread
}
