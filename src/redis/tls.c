/* tls.c -- TLS for rediss://. The context is made by hand, because hiredis' own helper verifies the
 * certificate's chain but not whose it is. */
#include "internal.h"

#include <hiredis/hiredis_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>

static const char *last_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "no reason given";
}

/* The certificate must be for the host of the URL, by name or by address. */
static bool expect_host(SSL *ssl, const char *host)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1)
        return true;
    ERR_clear_error(); /* no address, so a name */
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

static SSL *create(const struct gs_redis *redis, char *what, size_t capacity)
{
    SSL *ssl = NULL;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context) {
        snprintf(what, capacity, "TLS cannot be set up: %s", last_reason());
        return NULL;
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    /* The output buffer may move between two tries of one write. */
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    int loaded = redis->ca_file ? SSL_CTX_load_verify_locations(context, redis->ca_file, NULL)
                                : SSL_CTX_set_default_verify_paths(context);
    if (loaded != 1)
        snprintf(what, capacity, "the authorities in %.80s cannot be read: %.60s",
                 redis->ca_file ? redis->ca_file : "the system's store", last_reason());
    else if (!(ssl = SSL_new(context)) || !expect_host(ssl, redis->url.host))
        snprintf(what, capacity, "TLS cannot be set up: %s", last_reason());
    else
        what[0] = 0;
    SSL_CTX_free(context); /* the SSL holds its own reference */
    if (what[0]) {
        SSL_free(ssl);
        return NULL;
    }
    return ssl;
}

bool gsi_redis_tls_start(struct gsi_redis_link *link, char *what, size_t capacity)
{
    ERR_clear_error();
    SSL *ssl = create(link->redis, what, capacity);
    if (!ssl)
        return false;
    if (redisInitiateSSL(link->context, ssl) != REDIS_OK) {
        link->ssl = ssl;
        gsi_redis_tls_describe(link, what, capacity);
        link->ssl = NULL;
        SSL_free(ssl);
        return false;
    }
    link->ssl = ssl;
    return true;
}

bool gsi_redis_tls_is_established(const struct gsi_redis_link *link)
{
    return SSL_is_init_finished(link->ssl);
}

void gsi_redis_tls_describe(const struct gsi_redis_link *link, char *what, size_t capacity)
{
    long verdict = SSL_get_verify_result(link->ssl);
    if (verdict != X509_V_OK)
        snprintf(what, capacity, "its certificate is not accepted: %s",
                 X509_verify_cert_error_string(verdict));
    else if (ERR_peek_last_error())
        snprintf(what, capacity, "TLS failed: %s", last_reason());
    else
        snprintf(what, capacity, "TLS failed: %s", link->context->errstr);
}
