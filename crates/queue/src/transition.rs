//! What happens to a record inside a transaction of its account.
//!
//! Each of these is one durable step: what crashes between two of them is
//! taken up again at the next start, and nothing is lost or told twice without
//! need.

use bytes::Bytes;
use mailstore::{Error, NewMessage, Tx};
use model::{AccountId, MessageNumber, Role, Timestamp};

use crate::{
    Config, Notices, QueueId, Queued, Reply, Results, State, TABLE, from_pieces, key, to_rows,
};

/// What [`start`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// The attempt is recorded: make it.
    Go(Box<Queued>),
    /// Not now: an administrator holds it.
    OnHold,
    /// It is due only then.
    NotBefore(Timestamp),
    /// It was taken back, removed, or is finished.
    Gone,
}

/// Puts a mail and its record into the account, in this one commit; answers
/// its number.
///
/// The message is appended to the mailbox `place`; without one, only the
/// record holds its content. `queued` comes with no number yet. Fails as
/// [`Tx::append`] does, or with [`Error::Forbidden`] for too many recipients.
pub fn submit(
    tx: &mut Tx<'_>,
    new: &NewMessage,
    queued: &Queued,
    place: Option<Role>,
) -> Result<MessageNumber, Error> {
    let message = match place {
        Some(role) => {
            let into = tx.role(role);
            tx.append(new, &[into])?.number
        }
        None => {
            tx.bring_blob(new);
            tx.next_number()
        }
    };
    let queued = Queued { message, blob: new.blob(), ..queued.clone() };
    tx.hold_blob(queued.blob);
    write(tx, &queued)?;
    Ok(message)
}

/// The record of the mail `message`, if it waits.
pub fn get(
    tx: &Tx<'_>,
    account: AccountId,
    message: MessageNumber,
) -> Result<Option<Queued>, Error> {
    let pieces: Vec<Bytes> =
        (0..).map_while(|piece| tx.row_of(TABLE, &key(message, piece)).cloned()).collect();
    if pieces.is_empty() {
        return Ok(None);
    }
    Ok(Some(from_pieces(QueueId::new(account, message), &pieces)?))
}

/// Writes the record anew.
fn write(tx: &mut Tx<'_>, queued: &Queued) -> Result<(), Error> {
    let rows = to_rows(queued).ok_or(Error::Forbidden("a mail has at most 50,000 recipients"))?;
    let pieces = rows.len();
    for (key, value) in rows {
        tx.put_row(TABLE, &key, value);
    }
    delete_from(tx, queued.message, pieces);
    Ok(())
}

/// Deletes the pieces of a record from number `first` on.
fn delete_from(tx: &mut Tx<'_>, message: MessageNumber, first: usize) {
    for piece in first.. {
        let key = key(message, piece);
        if tx.row_of(TABLE, &key).is_none() {
            return;
        }
        tx.delete_row(TABLE, &key);
    }
}

/// Forgets the record, and the content with it if nothing else holds it.
fn forget(tx: &mut Tx<'_>, queued: &Queued) {
    delete_from(tx, queued.message, 0);
    tx.release_blob(queued.blob);
}

/// A user takes a mail out of Outbox (see [`mailstore::Rules::leave_outbox`]).
///
/// Fails with [`Error::Forbidden`] if it is being sent already.
pub fn leave_outbox(tx: &mut Tx<'_>, message: MessageNumber) -> Result<(), Error> {
    // Only people have an Outbox they can take mail out of, so the account's
    // number matters for nothing but a message about damage.
    let Some(queued) = get(tx, AccountId(0), message)? else { return Ok(()) };
    if queued.state != State::Held {
        return Err(Error::Forbidden("this mail is on its way already and cannot be taken back"));
    }
    forget(tx, &queued);
    Ok(())
}

/// Begins an attempt at `now`: from here on the mail cannot be taken back, and
/// it stands in Sent.
pub fn start(
    tx: &mut Tx<'_>,
    account: AccountId,
    message: MessageNumber,
    now: Timestamp,
) -> Result<Started, Error> {
    let Some(mut queued) = get(tx, account, message)? else { return Ok(Started::Gone) };
    if queued.on_hold {
        return Ok(Started::OnHold);
    }
    if queued.due > now {
        return Ok(Started::NotBefore(queued.due));
    }
    if queued.state == State::Held {
        tx.file_sent(message)?;
    }
    // Nobody pending means that only a notice is owed; that is no attempt.
    if queued.pending().next().is_some() {
        queued.begin_attempt();
    }
    write(tx, &queued)?;
    Ok(Started::Go(Box::new(queued)))
}

/// Takes in the results of an attempt, and forgets the mail if it is finished
/// with them. Answers the record as it is now; `None` if it was gone already.
pub fn record(
    tx: &mut Tx<'_>,
    account: AccountId,
    message: MessageNumber,
    results: Results,
    now: Timestamp,
    config: &Config,
) -> Result<Option<Queued>, Error> {
    change(tx, account, message, |queued| queued.apply(results, now, config))
}

/// Notes that the sender was told of `notices`.
pub fn told(
    tx: &mut Tx<'_>,
    account: AccountId,
    message: MessageNumber,
    notices: &Notices,
) -> Result<Option<Queued>, Error> {
    change(tx, account, message, |queued| queued.told(notices))
}

/// Ends a mail before its time; the sender is told why.
pub fn abandon(
    tx: &mut Tx<'_>,
    account: AccountId,
    message: MessageNumber,
    reason: Reply,
    now: Timestamp,
) -> Result<Option<Queued>, Error> {
    if let Some(queued) = get(tx, account, message)?
        && queued.state == State::Held
    {
        tx.file_sent(message)?;
    }
    change(tx, account, message, |queued| queued.abandon(reason, now))
}

/// Removes a record without a word to anybody.
pub fn discard(
    tx: &mut Tx<'_>,
    account: AccountId,
    message: MessageNumber,
) -> Result<Option<Queued>, Error> {
    let Some(queued) = get(tx, account, message)? else { return Ok(None) };
    if queued.state == State::Held {
        tx.file_sent(message)?;
    }
    forget(tx, &queued);
    Ok(Some(queued))
}

/// Changes a record, and forgets it if nothing is left to do.
pub(crate) fn change(
    tx: &mut Tx<'_>,
    account: AccountId,
    message: MessageNumber,
    by: impl FnOnce(&mut Queued),
) -> Result<Option<Queued>, Error> {
    let Some(mut queued) = get(tx, account, message)? else { return Ok(None) };
    by(&mut queued);
    if queued.is_finished() {
        forget(tx, &queued);
    } else {
        write(tx, &queued)?;
    }
    Ok(Some(queued))
}
