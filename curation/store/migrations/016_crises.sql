-- Crisis rooms. `scope` is a filter as JSON, and comments from `since` on belong to it. `noticed` is the spike as JSON, null where a
-- person opened the room. `status` is open or closed; `version` grows with every change of the row.
create table crisis (
    id bigint not null,
    title varchar not null,
    scope varchar not null,
    since timestamp not null,
    noticed varchar,
    status varchar not null,
    version integer not null,
    opened_by varchar not null,
    opened_at timestamp not null,
    closed_by varchar,
    closed_at timestamp,
    learnt varchar not null
);
create table crisis_member (
    crisis bigint not null,
    who varchar not null,
    joined_at timestamp not null
);

-- What was said in a crisis. `left_out_by`: a person who found that it is about something else.
create table crisis_comment (
    crisis bigint not null,
    comment_id bigint not null,
    thread_id bigint not null,
    author_id bigint,
    joined_at timestamp not null,
    left_out_by varchar
);

-- What the team says, every version of it; `texts` is JSON, a text for each language.
create table crisis_statement (
    crisis bigint not null,
    version integer not null,
    texts varchar not null,
    who varchar not null,
    made_at timestamp not null
);
create table crisis_review (
    crisis bigint not null,
    version integer not null,
    who varchar not null,
    approve boolean not null,
    why varchar,
    made_at timestamp not null
);

-- Replies that began with a version of the statement.
create table crisis_answer (
    crisis bigint not null,
    comment_id bigint not null,
    marker varchar not null,
    statement integer not null,
    made_at timestamp not null
);
