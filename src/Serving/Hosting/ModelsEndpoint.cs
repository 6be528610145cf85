using System.Text;
using Microsoft.AspNetCore.Http;

namespace AgentTeams.Serving;

/// <summary>Says what is served.</summary>
internal sealed class ModelsEndpoint(ServingOptions options)
{
    private readonly long _started = options.TimeProvider.GetUtcNow().ToUnixTimeSeconds();

    public static Task HealthAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync("{\"status\":\"ok\"}", Encoding.UTF8, context.RequestAborted);
    }

    public Task ListAsync(HttpContext context) =>
        Wire.WriteAsync(context, new ModelList("list", [.. options.Models.Keys.Order(StringComparer.Ordinal).Select(Entry)]), Wire.Json.ModelList);

    public Task ShowAsync(HttpContext context)
    {
        // Routing leaves a slash within a name as it was sent.
        var id = Uri.UnescapeDataString((string)context.Request.RouteValues["id"]!);
        return options.Models.ContainsKey(id) ? Wire.WriteAsync(context, Entry(id), Wire.Json.ModelEntry) : throw NoModel(id, options);
    }

    public static RequestException NoModel(string id, ServingOptions options) => new(StatusCodes.Status404NotFound,
        $"There is no model '{id}' here. There are: {string.Join(", ", options.Models.Keys.Order(StringComparer.Ordinal))}.", "model", "model_not_found");

    private ModelEntry Entry(string id) => new(id, "model", _started, "agentteams");
}
