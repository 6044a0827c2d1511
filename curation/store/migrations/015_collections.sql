-- A collection gathers quotes in an order made by hand. `id` is a UUID: its feeds are known by it, whatever it is called.
create table collection (
    id varchar not null,
    name varchar not null,
    title varchar not null,
    about varchar not null,
    language varchar not null,
    address varchar not null,
    version integer not null,
    who varchar not null,
    made_at timestamp not null,
    changed_at timestamp not null,
    removed_at timestamp
);

-- The exact words of a comment at one of its versions: `starts` and `ends` count code points. `whole` is md5 of the text they were
-- taken from, `excerpt` whether they are only a part of it. Author, time and address are as they were then.
create table quote (
    id bigint not null,
    collection varchar not null,
    comment_id bigint not null,
    comment_version integer not null,
    starts integer not null,
    ends integer not null,
    text varchar not null,
    whole varchar not null,
    excerpt boolean not null,
    author varchar,
    created_at timestamp not null,
    url varchar,
    place integer not null,
    note varchar not null,
    version integer not null,
    who varchar not null,
    added_at timestamp not null,
    removed_at timestamp
);

-- Why a quote may be published: the customer's consent to these words, or a member's decision to quote what is public. The newest
-- of a quote counts. `shown` is name, initials or nobody; `uses` is joined by spaces; `linked`: with the comment's address; `comment_state` is what had become of the
-- comment by then. It is never deleted.
create table clearance (
    id bigint not null,
    quote_id bigint not null,
    kind varchar not null,
    words varchar not null,
    comment_state varchar not null,
    person varchar not null,
    shown varchar not null,
    given_on date not null,
    how varchar not null,
    uses varchar not null,
    linked boolean not null,
    until date,
    who varchar not null,
    made_at timestamp not null,
    withdrawn_by varchar,
    withdrawn_at timestamp,
    withdrawn_why varchar
);

-- What was handed out: the quotes as JSON, [id, md5 of the words].
create table publication (
    id bigint not null,
    collection varchar not null,
    who varchar not null,
    made_at timestamp not null,
    quotes varchar not null
);
