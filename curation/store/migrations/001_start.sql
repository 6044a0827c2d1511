-- Times are UTC without a zone. `uid` is md5(source id, key) as a number: the scan that finds a batch's known
-- keys is cheap at ten million rows, needs no index in memory, and slows no update. Uniqueness is held by the
-- one function that lands, under the store's write lock.

create table source (
    id integer primary key,
    name varchar not null unique,
    added_at timestamp not null
);

-- What arrived, as it arrived; `reason` says why it became no comment.
create table raw (
    uid uhugeint not null,
    source integer not null,
    stream varchar not null,
    key varchar not null,
    payload varchar,
    hash uhugeint not null,
    reason varchar,
    received_at timestamp not null
);
create table raw_before as select * from raw;

-- One row a comment, as the channel shows it now. `id` and `changed` come from one counter: changed = id until
-- the content changes. `rank` sorts by time and is unique: (seconds since 1970 << 30) | the id's low 30 bits.
-- `language, sentiment, topics, status` are what the inbox filters on, derived from tag, correction and thread.
-- Texts are not compressed: a page's 50 rows lie in 50 places, and each compressed text there costs 2,048.
create table comment (
    id bigint not null,
    changed bigint not null,
    rank bigint not null,
    uid uhugeint not null,
    hash uhugeint not null,
    source integer not null,
    key varchar using compression uncompressed not null,
    raw_key varchar using compression uncompressed not null,
    version integer not null,
    title varchar using compression uncompressed,
    text varchar using compression uncompressed not null,
    author varchar using compression uncompressed,
    author_key varchar using compression uncompressed,
    author_id bigint,
    created_at timestamp not null,
    thread varchar using compression uncompressed not null,
    thread_id bigint not null,
    reply_to varchar using compression uncompressed,
    url varchar using compression uncompressed,
    said_language varchar,
    rating double,
    role varchar not null,
    attributes varchar using compression uncompressed,
    seen_at timestamp not null,
    deleted_at timestamp,
    tagged integer not null,
    language varchar,
    sentiment varchar,
    topics varchar not null,
    status varchar not null
);

-- What the channel showed before the current version.
create table version (
    comment_id bigint not null,
    version integer not null,
    title varchar,
    text varchar not null,
    author varchar,
    created_at timestamp not null,
    until timestamp not null
);

create table author (
    id bigint not null,
    source integer not null,
    key varchar not null,
    name varchar,
    first_seen_at timestamp not null
);

-- Only threads somebody touched; the others are new.
create table thread (
    id bigint primary key,
    source integer not null,
    key varchar not null,
    status varchar not null,
    assignee varchar,
    version integer not null,
    changed_at timestamp not null
);

create table tagger (
    id integer primary key,
    version varchar not null unique,
    first_used_at timestamp not null
);

-- The tagger's values for a comment at one version of its text.
create table tag (
    comment_id bigint not null,
    name varchar not null,
    value varchar not null,
    score real not null,
    tagger integer not null,
    evidence varchar,
    made_at timestamp not null
);

-- People's values. They win over the tagger's and survive re-tagging; `holds` false takes a topic away.
create table correction (
    comment_id bigint not null,
    name varchar not null,
    value varchar not null,
    holds boolean not null,
    who varchar not null,
    made_at timestamp not null
);

create table cursor (
    source integer not null,
    stream varchar not null,
    value varchar not null,
    moved_at timestamp not null,
    primary key (source, stream)
);

create table run (
    id bigint primary key,
    stage varchar not null,
    source varchar,
    started_at timestamp not null,
    seconds double not null,
    counts varchar not null,
    error varchar
);

create table member (
    name varchar primary key,
    email varchar,
    roles varchar not null,
    added_at timestamp not null,
    removed_at timestamp
);

-- The token itself is shown once and never kept.
create table token (
    name varchar primary key,
    hash varchar not null,
    scopes varchar not null,
    created_at timestamp not null,
    last_used_at timestamp,
    revoked_at timestamp
);

create table audit (
    id bigint not null,
    made_at timestamp not null,
    who varchar not null,
    action varchar not null,
    subject varchar not null,
    before varchar,
    after varchar
);
