use directory::Resolution;

use crate::{ADMIN, ALICE, Office, address};

/// `account/subaddress` of each recipient, or the refusal.
fn resolved(office: &Office, recipient: &str) -> String {
    match office.directory.resolve(&address(recipient)) {
        Resolution::Local(recipients) => {
            let one = |r: &directory::LocalRecipient| {
                assert_eq!(r.address, address(recipient), "as the sender wrote it");
                let account = office.directory.account(r.account).unwrap().address;
                match &r.subaddress {
                    None => account.local().to_owned(),
                    Some(subaddress) => format!("{}/{subaddress}", account.local()),
                }
            };
            recipients.iter().map(one).collect::<Vec<_>>().join(" ")
        }
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn recipients() {
    let office = Office::new().await;
    let directory = &office.directory;
    office.add("bob@example.org").await;
    directory.add_domain("example.net").await.unwrap();
    directory.add_domain("catch.org").await.unwrap();
    let alias = async |from: &str, to: &[&str]| {
        let to: Vec<_> = to.iter().map(|to| address(to)).collect();
        directory.add_alias(&address(from), &to).await.unwrap();
    };
    alias("team@example.org", &[ALICE, "bob+team@example.org", "alice+x@example.org"]).await;
    alias("abuse@example.net", &["bob@example.org"]).await;
    alias("alice+vip@example.org", &["bob@example.org"]).await;
    alias("known@catch.org", &["bob@example.org"]).await;
    directory.set_catch_all("catch.org", Some(&address("alice+catch@example.org"))).await.unwrap();

    let rows = [
        (ALICE, "alice"),
        ("ALICE@Example.org", "alice"),
        ("alice+shop@example.org", "alice/shop"),
        ("Alice+Shop+x@example.org", "alice/Shop+x"),
        ("alice+@example.org", "alice/"),
        ("alice+vip@example.org", "bob"),
        ("team@example.org", "alice bob/team"),
        ("team+now@example.org", "alice/now bob/now"),
        ("postmaster@example.org", "admin"),
        ("POSTMASTER+x@example.net", "admin/x"),
        ("abuse@example.org", "admin"),
        ("abuse@example.net", "bob"),
        ("postmaster@catch.org", "admin"),
        ("known@catch.org", "bob"),
        ("whoever@catch.org", "alice/catch"),
        ("nobody@example.org", "NoSuchUser"),
        ("+shop@example.org", "NoSuchUser"),
        ("alice@example.com", "NotLocal"),
        ("alice@[127.0.0.1]", "NotLocal"),
    ];
    for (recipient, expected) in rows {
        assert_eq!(resolved(&office, recipient), expected, "{recipient}");
    }
}

#[tokio::test]
async fn suspended_accounts_get_no_mail() {
    let office = Office::new().await;
    let directory = &office.directory;
    let team = [address(ALICE), address(ADMIN)];
    directory.add_alias(&address("team@example.org"), &team).await.unwrap();
    directory.suspend(office.alice, true).await.unwrap();
    assert_eq!(resolved(&office, ALICE), "Suspended");
    assert_eq!(resolved(&office, "team@example.org"), "admin");
    assert!(!directory.may_send_as(office.alice, &address(ALICE)));
    directory.suspend(office.alice, false).await.unwrap();
    assert_eq!(resolved(&office, ALICE), "alice");
}

#[tokio::test]
async fn the_oldest_open_administrator_is_postmaster() {
    let office = Office::new().await;
    office.directory.set_administrator(office.alice, true).await.unwrap();
    assert_eq!(resolved(&office, "postmaster@example.org"), "admin");
    office.directory.suspend(office.admin, true).await.unwrap();
    assert_eq!(resolved(&office, "postmaster@example.org"), "alice");
    office.add("postmaster@example.org").await;
    assert_eq!(resolved(&office, "postmaster@example.org"), "postmaster");
}

#[tokio::test]
async fn who_may_write_as_whom() {
    let office = Office::new().await;
    let directory = &office.directory;
    directory.add_alias(&address("sales@example.org"), &[address(ALICE)]).await.unwrap();
    let may = |from: &str| {
        (
            directory.may_send_as(office.alice, &address(from)),
            directory.may_send_as(office.admin, &address(from)),
        )
    };
    assert_eq!(may(ALICE), (true, false));
    assert_eq!(may("alice+shop@example.org"), (true, false));
    assert_eq!(may("sales@example.org"), (true, false));
    assert_eq!(may("postmaster@example.org"), (false, true));
    assert_eq!(may("nobody@example.org"), (false, false));
    assert_eq!(may("alice@example.com"), (false, false));
    assert_eq!(
        directory.addresses_of(office.alice),
        [address(ALICE), address("sales@example.org")]
    );
}
