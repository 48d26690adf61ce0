//! What stands around every page: the bar, the side column, the note below.

use std::fmt::Write as _;

use askama::filters::HtmlSafe;
use model::Role;

use crate::error::Failure;
use crate::flash::Flash;
use crate::people;
use crate::place::Place;
use crate::visitor::Visitor;
use crate::web::Web;
use crate::words::Words;

/// A line of the side column.
pub(crate) struct Line {
    pub slug: String,
    pub icon: &'static str,
    pub hue: u8,
    pub name: String,
    pub count: usize,
    pub count_short: String,
    /// What stands behind the number for those who hear it: " unread".
    pub count_word: String,
    pub strong: bool,
    pub here: bool,
}

/// The frame of a page.
pub(crate) struct Shell {
    pub address: String,
    pub initial: String,
    pub hue: u8,
    pub places: Vec<Line>,
    pub labels: Vec<Line>,
    /// Unread mail in the inbox, for the title.
    pub unread: usize,
    pub used: u64,
    pub limit: u64,
    pub grows: bool,
    pub growth: String,
    pub flash: Option<Flash>,
    /// The URL of this page.
    pub here: String,
    /// Whether the button "Write" floats over it on narrow screens.
    pub writable: bool,
    form_token: String,
    used_text: String,
    percent: String,
}

/// Markup made here, of texts that were escaped or are ours.
pub(crate) struct Markup(pub String);

impl std::fmt::Display for Markup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

impl Shell {
    pub(crate) async fn of(
        web: &Web,
        visitor: &Visitor,
        place: Option<Place>,
        here: String,
    ) -> Result<Shell, Failure> {
        let words = &visitor.words;
        let info = &visitor.session.info;
        let (places, labels, used, unread) = visitor
            .session
            .account
            .read(|state| {
                let lines = Place::STANDARD.iter().filter_map(|&standard| {
                    let here = place == Some(standard);
                    let (count, id) = match standard {
                        Place::Role(role @ (Role::Inbox | Role::Spam)) => {
                            (state.role(role).unseen(), "unread-count")
                        }
                        Place::Role(role @ Role::Drafts) => {
                            (state.role(role).exists(), "web-draft-count")
                        }
                        Place::Role(role @ Role::Outbox) => {
                            (state.role(role).exists(), "web-message-count")
                        }
                        _ => (0, "unread-count"),
                    };
                    // An outbox is there while something waits in it.
                    if standard.is_outbox() && count == 0 && !here {
                        return None;
                    }
                    let name = standard.title(words, state)?;
                    let strong = standard.is_inbox() && count > 0;
                    Some(line(words, standard, name, 0, count, id, strong, here))
                });
                let places: Vec<Line> = lines.collect();
                let own = state.mailboxes().filter(|mailbox| mailbox.role.is_none());
                let labels: Vec<Line> = own
                    .map(|mailbox| {
                        let label = Place::Label(mailbox.id);
                        let name = people::one_line(mailbox.name.as_str(), 100);
                        let hue = crate::place::hue(mailbox.id);
                        let (unseen, here) = (mailbox.unseen(), place == Some(label));
                        line(words, label, name, hue, unseen, "unread-count", unseen > 0, here)
                    })
                    .collect();
                let unread = state.role(Role::Inbox).unseen();
                (places, labels, state.usage().bytes, unread)
            })
            .await?;
        let limit = info.quota_bytes(words.now);
        let language = words.language;
        let used_text = locale::text(
            language,
            "web-space-used",
            &[
                ("used", locale::size(language, used).into()),
                ("limit", locale::size(language, limit).into()),
            ],
        );
        let percent = used.saturating_mul(100).checked_div(limit).unwrap_or(100);
        let address = info.address.to_string();
        Ok(Shell {
            initial: people::initial(if info.name.is_empty() { &address } else { &info.name }),
            hue: people::hue(&address),
            places,
            labels,
            unread,
            used,
            limit,
            grows: !info.quota.fixed && info.quota.growth_per_day > 0,
            growth: locale::size(language, info.quota.growth_per_day),
            flash: web.flashes.show(&visitor.session.key, words.now),
            here,
            writable: false,
            form_token: visitor.session.form_token.masked(),
            used_text: used_text.into_owned(),
            percent: locale::percent(language, percent),
            address,
        })
    }

    /// The field that proves a form is ours.
    pub(crate) fn guard(&self) -> Markup {
        Markup(format!("<input type=\"hidden\" name=\"csrf\" value=\"{}\">", self.form_token))
    }

    /// The quota meter. Mail is warned about at 80 and 95 percent.
    pub(crate) fn meter(&self, id: &str) -> Markup {
        let Shell { used, limit, used_text, percent, .. } = self;
        let (low, high) = (limit / 100 * 80, limit / 100 * 95);
        let mut markup =
            format!("<label for=\"{id}\">{}</label>", crate::letter::escape(used_text));
        let _ = write!(
            markup,
            " <meter id=\"{id}\" min=\"0\" max=\"{limit}\" low=\"{low}\" high=\"{high}\" \
             optimum=\"0\" value=\"{used}\">{percent}</meter>"
        );
        Markup(markup)
    }
}

#[allow(clippy::too_many_arguments)]
fn line(
    words: &Words,
    place: Place,
    name: String,
    hue: u8,
    count: usize,
    count_id: &str,
    strong: bool,
    here: bool,
) -> Line {
    let count_short = locale::number(words.language, count as u64);
    Line {
        slug: place.slug(),
        icon: place.icon(),
        hue,
        name,
        count,
        count_word: words
            .n(count_id, count)
            .strip_prefix(&count_short)
            .unwrap_or_default()
            .to_owned(),
        count_short,
        strong,
        here,
    }
}

/// A postmark with today's date: of the sign-in page and of empty places.
pub(crate) fn postmark(words: &Words) -> Markup {
    let (day, year) = locale::date::postmark(words.language, words.now.0, &words.zone);
    let waves: String = (0..5)
        .map(|n| {
            let y = 15 + 12 * n;
            format!("M2 {y}q10-8 20 0t20 0 20 0 20 0 20 0 16-2")
        })
        .collect();
    Markup(format!(
        "<svg class=\"cachet\" width=\"196\" height=\"78\" fill=\"none\" stroke=\"currentColor\" \
         stroke-width=\"1.5\" aria-hidden=\"true\"><circle cx=\"156\" cy=\"39\" r=\"36\"/>\
         <circle cx=\"156\" cy=\"39\" r=\"25\"/><path d=\"{waves}\"/>\
         <text x=\"156\" y=\"37\" text-anchor=\"middle\">{day}</text>\
         <text x=\"156\" y=\"50\" text-anchor=\"middle\">{year}</text></svg>"
    ))
}
