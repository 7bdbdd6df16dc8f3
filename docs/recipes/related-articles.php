<?php
/**
 * Plugin Name: Related articles
 * Description: Tells the service of related articles what is published, changed and taken back.
 * Requires PHP: 7.4
 * License: MIT
 *
 * Needs RELATED_ARTICLES_URL and RELATED_ARTICLES_TOKEN in wp-config.php.
 */

if (!defined('ABSPATH')) {
    exit;
}

/** Send a post, or only its name and status if it is not public. */
function related_articles_send(WP_Post $post, string $status): void
{
    if (!defined('RELATED_ARTICLES_URL') || !defined('RELATED_ARTICLES_TOKEN')) {
        return;
    }
    $body = ['guid' => ['rendered' => $post->guid], 'type' => $post->post_type, 'status' => $status];
    if ($status === 'publish' && $post->post_password === '') {
        $response = rest_do_request(new WP_REST_Request('GET', rest_get_route_for_post($post)));
        if ($response->is_error()) {
            error_log('related-articles: post ' . $post->ID . ' cannot be read');
            return;
        }
        $body = rest_get_server()->response_to_data($response, true); // with _embedded
    } elseif ($status === 'publish') {
        $body['status'] = 'private';
    }
    $answer = wp_remote_post(rtrim(RELATED_ARTICLES_URL, '/') . '/v1/hooks/wordpress', [
        'timeout' => 5,
        'redirection' => 0,
        'headers' => [
            'Authorization' => 'Bearer ' . RELATED_ARTICLES_TOKEN,
            'Content-Type' => 'application/json',
        ],
        'body' => wp_json_encode($body),
    ]);
    if (is_wp_error($answer) || wp_remote_retrieve_response_code($answer) !== 202) {
        error_log('related-articles: post ' . $post->ID . ' was not taken');
    }
}

/** Posts of these types are articles; others have no page of their own, or no public one. */
function related_articles_is_one(WP_Post $post): bool
{
    $kind = get_post_type_object($post->post_type);
    return $kind !== null && $kind->public && $kind->show_in_rest
        && $post->post_type !== 'attachment' && !wp_is_post_revision($post);
}

// After terms and fields are stored; `before` is null for a new post.
add_action('wp_after_insert_post', function (int $id, WP_Post $post, bool $update, ?WP_Post $before): void {
    $was_public = $before !== null && $before->post_status === 'publish';
    if (related_articles_is_one($post) && ($post->post_status === 'publish' || $was_public)) {
        related_articles_send($post, $post->post_status);
    }
}, 10, 4);

add_action('before_delete_post', function (int $id, WP_Post $post): void {
    if (related_articles_is_one($post)) {
        related_articles_send($post, 'trash');
    }
}, 10, 2);
