use std::time::Duration;

use ::model::Secret;
use directory::{Login, LoginError, Protocol};

use crate::{ALICE, Office, address, peer, secret};

const HOME: &str = "192.0.2.1";

impl Office {
    async fn login_from(
        &self,
        user: &str,
        password: &str,
        from: &str,
    ) -> Result<Login, LoginError> {
        self.directory.login(user, &secret(password), Protocol::Imap, peer(from)).await
    }

    async fn login(&self, user: &str, password: &str) -> Result<Login, LoginError> {
        self.login_from(user, password, HOME).await
    }
}

fn refused(result: &Result<Login, LoginError>) -> bool {
    matches!(result, Err(LoginError::Refused))
}

#[tokio::test]
async fn logging_in() {
    let office = Office::new().await;
    let login = office.login("Alice@EXAMPLE.org", "alice-secret").await.unwrap();
    assert_eq!((login.account.id, login.by_app_password), (office.alice, None));
    let wrong = [
        (ALICE, "Alice-secret"),
        (ALICE, ""),
        ("alice", "alice-secret"),
        ("alice+x@example.org", "alice-secret"),
        ("nobody@example.org", "alice-secret"),
        ("admin@example.org", "alice-secret"),
        ("\"\r\n", "x"),
        ("", ""),
    ];
    for (user, password) in wrong {
        assert!(refused(&office.login(user, password).await), "{user} {password}");
    }
    office.directory.add_alias(&address("sales@example.org"), &[address(ALICE)]).await.unwrap();
    assert!(refused(&office.login("sales@example.org", "alice-secret").await), "an alias");
    assert!(refused(&office.login(ALICE, &"x".repeat(1 << 20)).await));
}

#[tokio::test]
async fn a_new_password_counts_at_once() {
    let office = Office::new().await;
    office.login(ALICE, "alice-secret").await.unwrap();
    office.login(ALICE, "alice-secret").await.unwrap();
    office.directory.set_password(office.alice, &secret("another")).await.unwrap();
    assert!(refused(&office.login(ALICE, "alice-secret").await), "not from memory");
    office.login(ALICE, "another").await.unwrap();
    office.directory.remove_account(office.alice).await.unwrap();
    assert!(refused(&office.login(ALICE, "another").await));
}

#[tokio::test]
async fn the_suspended_are_told_only_with_the_right_password() {
    let office = Office::new().await;
    let (_, app) = office.directory.add_app_password(office.alice, "x", None).await.unwrap();
    office.login(ALICE, "alice-secret").await.unwrap();
    office.directory.suspend(office.alice, true).await.unwrap();
    assert!(refused(&office.login(ALICE, "wrong").await));
    for password in ["alice-secret", app.expose()] {
        let result = office.login(ALICE, password).await;
        assert!(matches!(result, Err(LoginError::Suspended)), "{result:?}");
    }
    office.directory.suspend(office.alice, false).await.unwrap();
    office.login(ALICE, "alice-secret").await.unwrap();
}

#[tokio::test]
async fn app_passwords() {
    let office = Office::new().await;
    let (directory, alice) = (&office.directory, office.alice);
    let (phone, secret) = directory.add_app_password(alice, "phone", None).await.unwrap();
    let only_pop3 = Some(vec![Protocol::Pop3]);
    let (_, pop3) = directory.add_app_password(alice, "old pc", only_pop3).await.unwrap();
    assert_eq!(secret.expose().len(), 32, "26 characters in groups of four");
    assert_ne!(secret, pop3);

    let login = async |password: &Secret, protocol| {
        directory.login(ALICE, password, protocol, peer(HOME)).await
    };
    let entered = login(&secret, Protocol::Smtp).await.unwrap();
    assert_eq!((entered.account.id, entered.by_app_password), (alice, Some(phone)));
    let typed = Secret::new(secret.expose().replace('-', " ").to_uppercase());
    assert!(login(&typed, Protocol::Imap).await.is_ok());
    assert!(login(&pop3, Protocol::Pop3).await.is_ok());
    assert!(refused(&login(&pop3, Protocol::Imap).await), "only for POP3");
    assert!(refused(&login(&secret, Protocol::Web).await), "programs' passwords open no web");
    let other = directory.login("admin@example.org", &secret, Protocol::Imap, peer(HOME)).await;
    assert!(refused(&other), "another's");

    directory.revoke_app_password(alice, phone).await.unwrap();
    assert!(refused(&login(&secret, Protocol::Imap).await));
    assert!(directory.revoke_app_password(alice, phone).await.is_err());
    let left: Vec<_> = directory.app_passwords(alice).into_iter().map(|app| app.label).collect();
    assert_eq!(left, ["old pc"]);
}

#[tokio::test]
async fn app_passwords_know_the_day_they_were_used() {
    let office = Office::new().await;
    let (directory, alice) = (&office.directory, office.alice);
    let (_, secret) = directory.add_app_password(alice, "phone", None).await.unwrap();
    let changes = directory.changes();
    let before = *changes.borrow();
    for _ in 0..10 {
        office.login(ALICE, secret.expose()).await.unwrap();
    }
    assert_eq!(*changes.borrow(), before + 1, "one commit for the day");
    office.clock.advance(86_400);
    office.login(ALICE, secret.expose()).await.unwrap();
    let used = directory.app_passwords(alice)[0].last_used.unwrap();
    assert_eq!(used.0, (1_200_000_000 + 86_400) / 86_400 * 86_400);
}

#[tokio::test]
async fn guesses_are_slowed_down_and_the_owner_is_not() {
    let office = Office::new().await;
    for guess in 0..5 {
        assert!(refused(&office.login(ALICE, &format!("guess {guess}")).await), "{guess}");
    }
    let result = office.login(ALICE, "alice-secret").await;
    let Err(LoginError::TooFast { retry_after }) = result else { panic!("{result:?}") };
    assert_eq!(retry_after, Duration::from_secs(1));
    office.login_from(ALICE, "alice-secret", "198.51.100.7").await.expect("from elsewhere");
    office.clock.advance(1);
    office.login(ALICE, "alice-secret").await.expect("who waited");
    for guess in 0..5 {
        let result = office.login(ALICE, &format!("guess {guess}")).await;
        assert!(refused(&result), "a success begins a new count: {guess} {result:?}");
    }
}

#[tokio::test]
async fn existing_and_unknown_accounts_answer_alike() {
    let office = Office::new().await;
    for guess in 0..12 {
        let mut answers = Vec::new();
        for (user, from) in [(ALICE, "192.0.2.1"), ("nobody@example.org", "192.0.2.2")] {
            let result = office.login_from(user, &format!("guess {guess}"), from).await;
            answers.push(result.unwrap_err().to_string());
        }
        assert_eq!(answers[0], answers[1], "guess {guess}");
    }
}

#[tokio::test]
async fn a_program_with_an_old_password_locks_nobody_out() {
    let office = Office::new().await;
    for _ in 0..1000 {
        assert!(refused(&office.login(ALICE, "last year's").await));
    }
    office.login(ALICE, "alice-secret").await.unwrap();
    office.login_from(ALICE, "alice-secret", "198.51.100.7").await.unwrap();
}

#[tokio::test]
async fn an_account_attacked_from_everywhere() {
    let office = Office::new().await;
    office.login(ALICE, "alice-secret").await.unwrap();
    for host in 0..100 {
        let from = format!("203.0.113.{host}");
        assert!(refused(&office.login_from(ALICE, &format!("guess {host}"), &from).await));
    }
    let second = office.login_from(ALICE, "another guess", "203.0.113.1").await;
    assert!(matches!(second, Err(LoginError::TooFast { .. })), "one guess for each address");
    office.login(ALICE, "alice-secret").await.expect("at home");
    office.login_from(ALICE, "alice-secret", "198.51.100.7").await.expect("abroad");
    let (_, app) = office.directory.add_app_password(office.alice, "x", None).await.unwrap();
    office.login_from(ALICE, app.expose(), "203.0.113.1").await.expect("an app password");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_guesses_run_into_the_same_count() {
    let office = Office::new().await;
    let mut guesses = tokio::task::JoinSet::new();
    for guess in 0..100 {
        let directory = office.directory.clone();
        guesses.spawn(async move {
            let password = secret(&format!("guess {guess}"));
            directory.login(ALICE, &password, Protocol::Imap, peer(HOME)).await
        });
    }
    let results = guesses.join_all().await;
    assert_eq!(results.iter().filter(|result| refused(result)).count(), 5);
    let fast = |result: &&Result<_, _>| matches!(result, Err(LoginError::TooFast { .. }));
    assert_eq!(results.iter().filter(fast).count(), 95);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_logins_of_the_owner_all_succeed() {
    let office = Office::new().await;
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let directory = office.directory.clone();
        logins.spawn(async move {
            directory.login(ALICE, &secret("alice-secret"), Protocol::Imap, peer(HOME)).await
        });
    }
    assert!(logins.join_all().await.iter().all(Result::is_ok));
}
