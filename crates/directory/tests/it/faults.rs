use directory::{Error, LoginError, Protocol};
use engine::Faults;

use crate::{ADMIN, ALICE, Office, address, peer, picture, secret};

#[tokio::test]
async fn conflicts_and_unknown_outcomes_are_borne() {
    for seed in 1..30 {
        let office = Office::new().await;
        let faults =
            Faults { conflicts: 200, unknown_done: 200, unknown_lost: 200, ..Faults::default() };
        office.engine.set_faults(faults, seed);
        let directory = &office.directory;
        for number in 0..20 {
            let id = office.add(&format!("user{number}@example.org")).await;
            directory.set_name(id, &format!("User {number}")).await.unwrap();
        }
        let to = [address(ALICE), address(ADMIN)];
        directory.add_alias(&address("team@example.org"), &to).await.unwrap();
        directory.remove_account(office.alice).await.unwrap();
        office.engine.set_faults(Faults::default(), 0);

        let accounts = directory.accounts();
        assert_eq!(accounts.len(), 21, "each made once, seed {seed}");
        let mut ids: Vec<_> = accounts.iter().map(|account| account.id).collect();
        ids.dedup();
        assert_eq!(ids.len(), 21);
        assert_eq!(picture(&office.another().await), picture(directory), "seed {seed}");
    }
}

#[tokio::test]
async fn two_processes_see_each_other() {
    let office = Office::new().await;
    let other = office.another().await;
    let bob = address("bob@example.org");
    other.add_account(&bob, &secret("x"), None, false, "en").await.unwrap();
    let taken = office.directory.add_account(&bob, &secret("y"), None, false, "en").await;
    assert!(matches!(taken, Err(Error::AddressTaken(_))), "found out at the commit: {taken:?}");
    assert_eq!(picture(&other), picture(&office.directory));

    office
        .directory
        .login(ALICE, &secret("alice-secret"), Protocol::Web, peer("::1"))
        .await
        .unwrap();
    other.set_password(office.alice, &secret("new")).await.unwrap();
    office.directory.refresh().await.unwrap();
    let old =
        office.directory.login(ALICE, &secret("alice-secret"), Protocol::Web, peer("::1")).await;
    assert!(matches!(old, Err(LoginError::Refused)));
}

#[tokio::test]
async fn a_full_disk_changes_nothing_and_logins_go_on() {
    let office = Office::new().await;
    let (_, app) = office.directory.add_app_password(office.alice, "x", None).await.unwrap();
    let before = picture(&office.directory);
    office.engine.set_faults(Faults { full: true, ..Faults::default() }, 1);
    let error = office.directory.set_name(office.alice, "Alice").await.unwrap_err();
    assert!(matches!(error, Error::Engine(engine::Error::Full(_))) && error.is_temporary());
    assert_eq!(picture(&office.directory), before);
    let login = async |password| {
        office.directory.login(ALICE, password, Protocol::Imap, peer("192.0.2.1")).await
    };
    let own = secret("alice-secret");
    login(&own).await.unwrap();
    login(&app).await.expect("although its last use cannot be noted");
    office.engine.set_faults(Faults::default(), 0);
    office.directory.set_name(office.alice, "Alice").await.unwrap();
}

#[tokio::test]
async fn a_broken_store_is_an_error_at_opening() {
    let office = Office::new().await;
    office.engine.set_faults(Faults { broken: true, ..Faults::default() }, 1);
    let opened = directory::Directory::open(
        office.engine.clone(),
        office.clock.clone(),
        directory::Config::for_tests(),
    );
    assert!(matches!(opened.await, Err(Error::Engine(engine::Error::Read(_)))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_hangs_up_leaves_no_half_change() {
    let office = Office::new().await;
    for number in 0..50 {
        let directory = office.directory.clone();
        let alice = office.alice;
        let task =
            tokio::spawn(
                async move { directory.set_name(alice, &format!("Alice {number}")).await },
            );
        tokio::task::yield_now().await;
        task.abort();
    }
    office.directory.set_quota(office.alice, Some(1)).await.unwrap();
    assert_eq!(picture(&office.another().await), picture(&office.directory));
}
