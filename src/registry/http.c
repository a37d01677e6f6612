/* http.c -- GET <url>/schemas/ids/<id>. Whatever a server does, a look-up ends in time and with
 * bounded memory. Redirects are not followed: a password must not go to where it was not meant for.
 *
 * A multi handle carries each transfer, because only that can be woken when we are to end. */
#include "internal.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>

enum {
    TIMEOUT_DEFAULT_MS = 5000,
    /* The schema comes as a JSON string, in which quotes are escaped, along with other fields. */
    BODY_BYTES_MAX = 2 * GS_REGISTRY_SCHEMA_BYTES_MAX + 65536
};

struct gsi_http_client {
    const struct gsi_http *http;
    const atomic_bool *stopping;
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    struct gs_buf body;
    bool too_long;
    char error[CURL_ERROR_SIZE];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_curl(void)
{
    GS_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); /* else there is no memory */
}

/* ------------------------------------------------------------------ the URL */

/* A part of the URL, or NULL; to be released by the caller. */
static char *part(CURLU *url, CURLUPart which, unsigned flags)
{
    char *curl_text = NULL, *text = NULL;
    if (curl_url_get(url, which, &curl_text, flags) == CURLUE_OK && curl_text[0])
        text = gs_strdup(curl_text);
    curl_free(curl_text);
    return text;
}

static bool is_http(CURLU *url)
{
    char *scheme = part(url, CURLUPART_SCHEME, 0);
    bool yes = scheme && (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    gs_free(scheme);
    return yes;
}

static bool has(CURLU *url, CURLUPart which)
{
    char *text = part(url, which, 0);
    bool yes = text != NULL;
    gs_free(text);
    return yes;
}

static void take_apart(struct gsi_http *http, CURLU *url)
{
    http->user = part(url, CURLUPART_USER, CURLU_URLDECODE);
    http->password = part(url, CURLUPART_PASSWORD, CURLU_URLDECODE);
    curl_url_set(url, CURLUPART_USER, NULL, 0);
    curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
    http->where = part(url, CURLUPART_URL, 0);
    for (size_t len = strlen(http->where); len > 0 && http->where[len - 1] == '/';)
        http->where[--len] = 0;
}

enum gs_status gsi_http_init(struct gsi_http *http, const char *text, int64_t timeout_ms,
                             struct gs_error *error)
{
    memset(http, 0, sizeof *http);
    pthread_once(&once, init_curl);
    http->timeout_ms = timeout_ms > 0 ? timeout_ms : TIMEOUT_DEFAULT_MS;
    CURLU *url = curl_url();
    GS_ASSERT(url != NULL);
    bool good = strstr(text, "://") && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
                is_http(url) && has(url, CURLUPART_HOST) && !has(url, CURLUPART_QUERY) &&
                !has(url, CURLUPART_FRAGMENT);
    if (good)
        take_apart(http, url);
    curl_url_cleanup(url);
    if (good)
        return GS_OK;
    /* It may hold a password, so it is not repeated. */
    return gs_fail(error, GS_E_CONFIG,
                   "schemas.registry is no URL of a registry; expected "
                   "http(s)://[user:password@]host[:port][/path]");
}

static void free_secret(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    gs_free(text);
}

void gsi_http_deinit(struct gsi_http *http)
{
    gs_free(http->where);
    free_secret(http->user);
    free_secret(http->password);
    memset(http, 0, sizeof *http);
}

/* ------------------------------------------------------------------ the client */

static size_t on_body(char *bytes, size_t one, size_t count, void *user)
{
    struct gsi_http_client *client = user;
    if (client->body.len + count > BODY_BYTES_MAX) {
        client->too_long = true;
        return 0;
    }
    gs_buf_add(&client->body, bytes, one * count);
    return count;
}

static void set_options(struct gsi_http_client *client)
{
    CURL *easy = client->easy;
    const struct gsi_http *http = client->http;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)http->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "groundswell/" GS_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, client->headers);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, client);
    if (http->user || http->password) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(easy, CURLOPT_USERNAME, http->user ? http->user : "");
        curl_easy_setopt(easy, CURLOPT_PASSWORD, http->password ? http->password : "");
    }
}

struct gsi_http_client *gsi_http_client_create(const struct gsi_http *http,
                                               const atomic_bool *stopping)
{
    struct gsi_http_client *client = gs_calloc(1, sizeof *client);
    client->http = http;
    client->stopping = stopping;
    client->multi = curl_multi_init();
    client->easy = curl_easy_init();
    client->headers =
        curl_slist_append(NULL, "Accept: application/vnd.schemaregistry.v1+json, application/json");
    GS_ASSERT(client->multi && client->easy && client->headers); /* else there is no memory */
    set_options(client);
    return client;
}

void gsi_http_client_destroy(struct gsi_http_client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->easy);
    curl_multi_cleanup(client->multi);
    curl_slist_free_all(client->headers);
    gs_buf_deinit(&client->body);
    gs_free(client);
}

void gsi_http_client_wake(struct gsi_http_client *client)
{
    curl_multi_wakeup(client->multi);
}

/* ------------------------------------------------------------------ one look-up */

/* Returns how the transfer ended. */
static CURLcode transfer(struct gsi_http_client *client)
{
    CURLcode code = CURLE_ABORTED_BY_CALLBACK;
    int running = 1, left;
    curl_multi_add_handle(client->multi, client->easy);
    while (running > 0 && !atomic_load(client->stopping)) {
        if (curl_multi_perform(client->multi, &running) != CURLM_OK)
            break;
        if (running > 0)
            curl_multi_poll(client->multi, NULL, 0, 1000, NULL);
    }
    for (const CURLMsg *message; (message = curl_multi_info_read(client->multi, &left));)
        if (message->msg == CURLMSG_DONE)
            code = message->data.result;
    curl_multi_remove_handle(client->multi, client->easy);
    return code;
}

static enum gsi_found failed(const struct gsi_http_client *client, uint32_t id, const char *what,
                             struct gs_error *error)
{
    gs_fail(error, GS_E_UNAVAIL, "schema %u could not be fetched from %.150s: %.200s", id,
            client->http->where, what);
    return GSI_FAILED;
}

enum gsi_found gsi_http_read(struct gsi_http_client *client, uint32_t id, struct gs_buf *text,
                             struct gs_error *error)
{
    struct gs_buf url = {0};
    const char *what = NULL;
    long status = 0;
    gs_buf_printf(&url, "%s/schemas/ids/%u", client->http->where, id);
    gs_buf_add(&url, "", 1);
    curl_easy_setopt(client->easy, CURLOPT_URL, url.data); /* copied */
    gs_buf_deinit(&url);
    client->body.len = 0;
    client->too_long = false;
    client->error[0] = 0;
    CURLcode code = transfer(client);
    if (client->too_long)
        return failed(client, id, "its answer is longer than a schema of 1 MiB", error);
    if (code != CURLE_OK)
        return failed(client, id, client->error[0] ? client->error : curl_easy_strerror(code),
                      error);
    curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
    struct gs_str body = gs_str_make(client->body.data, client->body.len);
    enum gsi_found found = gsi_answer_read(id, status, body, text, &what);
    return found == GSI_FAILED ? failed(client, id, what, error) : found;
}
