using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AgentTeams.Models;

/// <summary>The requests to a vLLM server, with errors that say what to mend there.</summary>
internal sealed class VllmServer(HttpClient http, Uri address)
{
    private const int ShownErrorLength = 500;

    public async Task<CompletionChoice> CompleteAsync(CompletionRequest request, CancellationToken cancellationToken)
    {
        using var response = await PostAsync("v1/completions", request, VllmJson.Default.CompletionRequest, cancellationToken).ConfigureAwait(false);
        CompletionAnswer? answer;
        try
        {
            answer = await response.Content.ReadFromJsonAsync(VllmJson.Default.CompletionAnswer, cancellationToken).ConfigureAwait(false);
        }
        catch (JsonException e)
        {
            throw new AgentTeamsException($"The server at {address} answered with something that is no completion: {e.Message} Check that it is a vLLM "
                + "server.", e);
        }

        return answer?.Choices is [var choice, ..]
            ? choice
            : throw new AgentTeamsException($"The server at {address} answered without a choice. Check that it is a vLLM server.");
    }

    /// <summary>Loads an adapter; one that is loaded already under that name stays.</summary>
    public async Task LoadAdapterAsync(string name, string path, CancellationToken cancellationToken)
    {
        try
        {
            (await PostAsync("v1/load_lora_adapter", new LoadAdapterRequest(name, path), VllmJson.Default.LoadAdapterRequest, cancellationToken)
                .ConfigureAwait(false)).Dispose();
        }
        catch (AgentTeamsException e) when (e.Message.Contains("already been loaded", StringComparison.Ordinal))
        {
            // An earlier process loaded the same contents.
        }
    }

    public async Task UnloadAdapterAsync(string name, CancellationToken cancellationToken) =>
        (await PostAsync("v1/unload_lora_adapter", new UnloadAdapterRequest(name), VllmJson.Default.UnloadAdapterRequest, cancellationToken)
            .ConfigureAwait(false)).Dispose();

    private async Task<HttpResponseMessage> PostAsync<T>(string path, T body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await http.PostAsJsonAsync(new Uri(address, path), body, type, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new AgentTeamsException($"The server at {address} could not be reached for '{path}': {e.Message} Check the address and that the server "
                + "runs.", e);
        }

        if (response.IsSuccessStatusCode) return response;
        using (response)
        {
            var said = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            var shown = said.Length > ShownErrorLength ? said[..ShownErrorLength] + "..." : said;
            throw new AgentTeamsException($"The server at {address} answered '{path}' with {(int)response.StatusCode}: {shown} Adapters need a server "
                + "started with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True.");
        }
    }
}
