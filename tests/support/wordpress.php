<?php
/**
 * Stands in for the few functions of WordPress that our plugin calls, as its handbook describes them.
 *
 * php wordpress.php PLUGIN [URL TOKEN] < STEPS
 *
 * STEPS is a list of JSON: what an editor does, {"do": "save" or "delete", "post": {...}}. A post that
 * is saved again has its former state as `$before`, as WordPress gives it. For each step a line of JSON
 * says which answers the requests of the plugin got; what the plugin logs goes to standard error.
 */

error_reporting(E_ALL);
set_error_handler(function (int $level, string $message, string $file, int $line): bool {
    throw new ErrorException($message, 0, $level, $file, $line);
});

define('ABSPATH', '/');
const SITE = 'https://site.example';
const TYPES = [
    'post' => ['public' => true, 'show_in_rest' => true, 'rest_base' => 'posts'],
    'page' => ['public' => true, 'show_in_rest' => true, 'rest_base' => 'pages'],
    'attachment' => ['public' => true, 'show_in_rest' => true, 'rest_base' => 'media'],
    'revision' => ['public' => false, 'show_in_rest' => false, 'rest_base' => ''],
    'wp_block' => ['public' => false, 'show_in_rest' => true, 'rest_base' => 'blocks'],
];

final class WP_Post
{
    public int $ID = 0;
    public string $post_type = 'post';
    public string $post_status = 'draft';
    public string $post_password = '';
    public string $post_title = '';
    public string $post_content = '';
    public string $post_date = '2022-12-28 10:30:00';
    public string $post_name = '';
    public string $guid = '';

    public function __construct(array $fields)
    {
        foreach ($fields as $name => $value) {
            $this->$name = $value;
        }
        $this->guid = $this->guid ?: SITE . '/?post_type=' . $this->post_type . '&p=' . $this->ID;
    }
}

final class WP_Error
{
    public function __construct(public string $code, public string $message)
    {
    }
}

final class WP_REST_Request
{
    public function __construct(public string $method, public string $route)
    {
    }
}

final class WP_REST_Response
{
    public function __construct(public array $data, public int $status = 200, public array $links = [])
    {
    }

    public function is_error(): bool
    {
        return $this->status >= 400;
    }
}

final class WP_REST_Server
{
    /** Return the data with `_links`, and with `_embedded` what those name, if asked for. */
    public function response_to_data(WP_REST_Response $response, $embed): array
    {
        $data = $response->data;
        if ($response->links) {
            $data['_links'] = array_map(fn (array $one): array => [['href' => $one['href']]], $response->links);
        }
        if ($embed) {
            $data['_embedded'] = array_map(fn (array $one): array => $one['embedded'], $response->links);
        }
        return $data;
    }
}

$stored = [];
$hooks = [];
$answers = [];

function add_action(string $name, callable $call, int $priority = 10, int $accepted = 1): void
{
    global $hooks;
    $hooks[$name][] = [$call, $accepted];
}

function do_action(string $name, ...$given): void
{
    global $hooks;
    foreach ($hooks[$name] ?? [] as [$call, $accepted]) {
        $call(...array_slice($given, 0, $accepted));
    }
}

function get_post_type_object(string $type): ?object
{
    return isset(TYPES[$type]) ? (object) TYPES[$type] : null;
}

/** Return the id of the post that a revision is of, or false. */
function wp_is_post_revision($post)
{
    return $post->post_type === 'revision' ? 1 : false;
}

function rest_get_route_for_post($post): string
{
    $base = TYPES[$post->post_type]['rest_base'] ?? '';
    return $base === '' ? '' : "/wp/v2/$base/{$post->ID}";
}

/** Answer as a visitor is answered who has not signed in, as in a job of cron. */
function rest_do_request(WP_REST_Request $request): WP_REST_Response
{
    global $stored;
    $id = (int) basename($request->route);
    if (!isset($stored[$id])) {
        return new WP_REST_Response(['code' => 'rest_post_invalid_id'], 404);
    }
    $post = $stored[$id];
    if ($post->post_status !== 'publish') {
        return new WP_REST_Response(['code' => 'rest_forbidden'], 401);
    }
    $is_hidden = $post->post_password !== '';
    $text = $is_hidden ? '' : $post->post_content;
    $links = [
        'author' => [
            'href' => SITE . '/wp-json/wp/v2/users/1',
            'embedded' => [['id' => 1, 'name' => 'Anke de Wit', 'slug' => 'anke']],
        ],
        'wp:term' => [
            'href' => SITE . "/wp-json/wp/v2/categories?post=$id",
            'embedded' => [[['id' => 3, 'name' => 'Water &amp; land', 'taxonomy' => 'category']], []],
        ],
    ];
    $data = [
        'id' => $id,
        'date' => str_replace(' ', 'T', $post->post_date),
        'date_gmt' => str_replace(' ', 'T', $post->post_date),
        'guid' => ['rendered' => str_replace('&', '&#038;', $post->guid)],
        'modified' => str_replace(' ', 'T', $post->post_date),
        'modified_gmt' => str_replace(' ', 'T', $post->post_date),
        'slug' => $post->post_name,
        'status' => $post->post_status,
        'type' => $post->post_type,
        'link' => SITE . '/' . $post->post_name . '/',
        'title' => ['rendered' => htmlspecialchars($post->post_title)],
        'content' => ['rendered' => $text, 'protected' => $is_hidden],
        'excerpt' => ['rendered' => '', 'protected' => $is_hidden],
        'author' => 1,
        'categories' => [3],
    ];
    return new WP_REST_Response($data, 200, $links);
}

function rest_get_server(): WP_REST_Server
{
    return new WP_REST_Server();
}

/** Send a request; WordPress gives an error for what is not answered at all. */
function wp_remote_post(string $url, array $arguments)
{
    global $answers;
    $headers = '';
    foreach ($arguments['headers'] as $name => $value) {
        $headers .= "$name: $value\r\n";
    }
    $http = ['method' => 'POST', 'header' => $headers, 'content' => $arguments['body']];
    $http += ['timeout' => 60, 'ignore_errors' => true, 'follow_location' => $arguments['redirection']];
    try {
        $stream = fopen($url, 'r', false, stream_context_create(['http' => $http]));
    } catch (ErrorException $error) {
        $answers[] = 0;
        return new WP_Error('http_request_failed', $error->getMessage());
    }
    $body = stream_get_contents($stream);
    $lines = stream_get_meta_data($stream)['wrapper_data'];
    $status = (int) explode(' ', $lines[0])[1];
    $answers[] = ['status' => $status, 'body' => json_decode($body, true)];
    return ['response' => ['code' => $status], 'body' => $body];
}

function is_wp_error($thing): bool
{
    return $thing instanceof WP_Error;
}

function wp_remote_retrieve_response_code($response)
{
    return is_wp_error($response) ? '' : $response['response']['code'];
}

/** Return JSON; bytes that are no UTF-8 are replaced, as WordPress does. */
function wp_json_encode($data)
{
    return json_encode($data, JSON_INVALID_UTF8_SUBSTITUTE);
}

/** Save a post and tell of it when its terms and fields are stored. */
function save(WP_Post $post): void
{
    global $stored;
    $before = $stored[$post->ID] ?? null;
    $stored[$post->ID] = $post;
    do_action('wp_after_insert_post', $post->ID, $post, $before !== null, $before);
}

/** Delete a post for good; the id comes as a text if it stood in an address. */
function delete(WP_Post $post): void
{
    global $stored;
    do_action('before_delete_post', (string) $post->ID, $post);
    unset($stored[$post->ID]);
}

[, $plugin, $url, $token] = $argv + [2 => '', 3 => ''];
if ($url !== '') {
    define('RELATED_ARTICLES_URL', $url);
    define('RELATED_ARTICLES_TOKEN', $token);
}
ini_set('error_log', '/dev/stderr');
require $plugin;
foreach (json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR) as $step) {
    $answers = [];
    $step['do'] === 'save' ? save(new WP_Post($step['post'])) : delete(new WP_Post($step['post']));
    echo json_encode(['answers' => $answers]), "\n";
}
