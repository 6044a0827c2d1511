-- A thread's whole state is one row. A claim is a lease; `snoozed_until` is null where the next message wakes it. A thread with
-- `merged_into` is read as a part of that one, and keeps its own state for the day it is taken apart. `deed` is the newest
-- deed that holds for it; a negative number says that something else came since, such as a message.
create table touched as select id, source, key, status, assignee, version, changed_at from thread;
drop table thread;
create table thread (
    id bigint primary key,
    source integer not null,
    key varchar not null,
    status varchar not null,
    assignee varchar,
    version integer not null,
    changed_at timestamp not null,
    claimed_by varchar,
    claimed_until timestamp,
    snoozed_until timestamp,
    merged_into bigint,
    deed bigint
);
insert into thread select *, null, null, null, null, null from touched;
drop table touched;

-- What people did, and how it is taken back. A part holds a thread's state on the other side of its deed: before it,
-- and after it once it was undone. `prior` is the deed that held before.
create table deed (
    id bigint not null,
    made_at timestamp not null,
    who varchar not null,
    action varchar not null,
    subject varchar not null,
    undone_by varchar,
    undone_at timestamp
);
create table deed_part (
    deed bigint not null,
    thread_id bigint not null,
    status varchar not null,
    assignee varchar,
    claimed_by varchar,
    claimed_until timestamp,
    snoozed_until timestamp,
    merged_into bigint,
    prior bigint
);
-- The corrections of one head of a comment as JSON: `here` as the deed left them, `there` on its other side.
create table deed_tag (
    deed bigint not null,
    comment_id bigint not null,
    name varchar not null,
    here varchar not null,
    there varchar not null
);

-- Internal notes, and whom each names with an @ (in small letters).
create table note (
    id bigint not null,
    thread_id bigint not null,
    who varchar not null,
    text varchar not null,
    made_at timestamp not null,
    deed bigint not null,
    removed_at timestamp
);
create table mention (
    note_id bigint not null,
    who varchar not null,
    seen_at timestamp
);

-- A filter under a name, as the address of a page has it.
create table saved_view (
    owner varchar not null,
    name varchar not null,
    query varchar not null,
    shared boolean not null,
    changed_at timestamp not null
);
