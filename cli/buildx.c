#include "cli/buildx.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/client_id.h"

#include <jansson.h>

/* The platforms that a node serves: buildx picks the node by them. */
static json_t *node_platforms(enum arch arch)
{
    if (arch == ARCH_ARM64)
        return json_pack("[{s:s,s:s},{s:s,s:s,s:s},{s:s,s:s,s:s}]", "os", "linux", "architecture",
                         "arm64", "os", "linux", "architecture", "arm", "variant", "v7", "os",
                         "linux", "architecture", "arm", "variant", "v6");
    return json_pack("[{s:s,s:s},{s:s,s:s}]", "os", "linux", "architecture", "amd64", "os", "linux",
                     "architecture", "386");
}

static json_t *node_json(const struct builder_view *builder, const char *folder)
{
    const char *arch = arch_name(builder->arch);
    _cleanup_free_ char *name = xasprintf(BUILDX_BUILDER "-%s", arch);
    _cleanup_free_ char *ca = xasprintf("%s/%s-ca.pem", folder, arch);
    _cleanup_free_ char *certificate = xasprintf("%s/%s-cert.pem", folder, arch);
    _cleanup_free_ char *key = xasprintf("%s/%s-key.pem", folder, arch);

    return json_pack("{s:s, s:s, s:o, s:n, s:{s:s, s:s, s:s, s:s}, s:n}", "Name", name, "Endpoint",
                     builder->endpoint, "Platforms", node_platforms(builder->arch), "Flags",
                     "DriverOpts", "cacert", ca, "cert", certificate, "key", key, "servername",
                     builder->server_name, "Files");
}

char *buildx_instance_json(const struct builder_view *builders, size_t count, const char *folder)
{
    json_t *nodes = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(nodes, node_json(&builders[i], folder));
    json_t *instance = json_pack("{s:s, s:s, s:o, s:b}", "Name", BUILDX_BUILDER, "Driver", "remote",
                                 "Nodes", nodes, "Dynamic", 0);
    char *text = json_dumps(instance, JSON_INDENT(1));
    json_decref(instance);
    return text;
}

static int write_part(const char *folder, const char *arch, const char *part, const char *text,
                      struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/%s-%s.pem", folder, arch, part);
    return file_write_atomic(path, slice_text(text), 0600, err);
}

static int write_keys(const char *folder, const struct builder_view *builder, struct error *err)
{
    const char *arch = arch_name(builder->arch);
    if (write_part(folder, arch, "ca", builder->ca_pem, err) < 0 ||
        write_part(folder, arch, "cert", builder->certificate_pem, err) < 0)
        return -1;
    return write_part(folder, arch, "key", builder->key_pem, err);
}

static int write_instance(const char *folder, const struct builder_view *builders, size_t count,
                          struct error *err)
{
    _cleanup_free_ char *instances = xasprintf("%s/instances", folder);
    _cleanup_free_ char *path = xasprintf("%s/" BUILDX_BUILDER, instances);
    _cleanup_free_ char *text = buildx_instance_json(builders, count, folder);

    if (file_make_folders(instances, 0700, err) < 0)
        return -1;
    return file_write_atomic(path, slice_text(text), 0600, err);
}

/* buildx names itself to BuildKit by this file, and makes a new one where it is missing. */
static int write_node_id(const char *folder, struct error *err)
{
    char id[CLIENT_ID_SIZE];
    _cleanup_free_ char *path = xasprintf("%s/.buildNodeID", folder);

    client_id_get(id);
    return file_write_atomic(path, slice_text(id), 0600, err);
}

int buildx_folder_fill(const char *folder, const struct builder_view *builders, size_t count,
                       struct error *err)
{
    int result = write_node_id(folder, err);

    if (result == 0)
        result = write_instance(folder, builders, count, err);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = write_keys(folder, &builders[i], err);
    return result;
}
