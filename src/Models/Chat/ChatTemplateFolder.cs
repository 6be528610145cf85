using System.Text.Json;

namespace AgentTeams;

/// <summary>Finds the chat template of a Hugging Face folder.</summary>
internal static class ChatTemplateFolder
{
    private const string Config = "config.json", TokenizerConfig = "tokenizer_config.json", Jinja = "chat_template.jinja";

    /// <summary>
    /// What a published template's source must hold and must not; line breaks may be written out or escaped. Deliberately narrow: a
    /// template that differs in what it writes must not pass for one that is known.
    /// </summary>
    private static readonly (string Name, string ModelType, string[] Holds, string[] Lacks)[] s_known =
    [
        (Qwen3ChatTemplate.TemplateName, "qwen3",
            [
                "'<|im_start|>assistant\\n' }}", "enable_thinking is defined and enable_thinking is false", "'<think>\\n\\n</think>\\n\\n'", "reasoning_content",
                "last_query_index", "\\n<tool_response>\\n", "# Tools\\n\\nYou may call one or more functions", "{\\\"name\\\": <function-name>, \\\"arguments\\\": <args-json-object>}",
            ],
            ["You are a", "You are Q", "'<|im_start|>assistant\\n<think>\\n' }}"]),
        (Qwen25ChatTemplate.TemplateName, "qwen2",
            [
                "'<|im_start|>assistant\\n' }}", $"'<|im_start|>system\\n{Qwen25ChatTemplate.DefaultSystemMessage}<|im_end|>\\n'", "\\n<tool_response>\\n",
                "# Tools\\n\\nYou may call one or more functions", "{\\\"name\\\": <function-name>, \\\"arguments\\\": <args-json-object>}",
            ],
            ["<think>", "vision"]),
        (ChatMlTemplate.TemplateName, "qwen2",
            [
                "loop.first and messages[0]['role'] != 'system'", $"'<|im_start|>system\\n{ChatMlTemplate.DefaultSystemMessage}<|im_end|>\\n'",
                "'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'", "'<|im_start|>assistant\\n' }}",
            ],
            ["tool", "vision", "<think>"]),
        (Llama3ChatTemplate.TemplateName, "llama",
            [
                "'<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>'", "bos_token + content",
                "'<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}",
            ],
            ["tool", "Date", "You are"]),
        (Llama3ChatTemplate.DatedTemplateName, "llama",
            [
                "bos_token", "Cutting Knowledge Date: December 2023\\n", "\"26 Jul 2024\"", "tools_in_user_message = true", "Environment: ipython\\n",
                "Given the following functions, please respond with a JSON for a function call ", "tojson(indent=4)", "\"parameters\": ",
                "'<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}",
            ],
            ["You are", "if system_message"]),
    ];

    /// <summary>The template that the folder names, or the built-in one that its template text is.</summary>
    /// <exception cref="ModelFormatException">A file is damaged, or the template is none that is built in.</exception>
    public static ChatTemplate Load(string directory)
    {
        var config = Read(directory, Config);
        if (config?["agentteams_chat_template"] is { IsNull: false } named) return ChatTemplate.Named(named.String());
        var (source, file) = Source(directory);
        if (source is null)
            throw new ModelFormatException($"'{directory}' holds no chat template, neither '{Jinja}' nor 'chat_template' in '{TokenizerConfig}'. Pass a ChatTemplate when the model is loaded.");
        var modelType = config?["model_type"] is { IsNull: false } type ? type.String() : "";
        return Recognize(source, modelType) ?? throw new ModelFormatException(
            $"The chat template in '{file}' is none that is built in for the model type '{modelType}'. Pass a ChatTemplate when the model is loaded, your own through ChatTemplate.FromDelegate.");
    }

    /// <summary>The built-in template that a published source is, or null.</summary>
    public static ChatTemplate? Recognize(string source, string modelType)
    {
        var text = source.Replace("\n", "\\n", StringComparison.Ordinal);
        var known = Array.Find(s_known, k => k.ModelType == modelType
            && Array.TrueForAll(k.Holds, m => text.Contains(m, StringComparison.Ordinal)) && !Array.Exists(k.Lacks, m => text.Contains(m, StringComparison.Ordinal)));
        return known.Name is null ? null : ChatTemplate.Named(known.Name);
    }

    private static (string? Source, string File) Source(string directory)
    {
        var path = Path.Combine(directory, Jinja);
        if (ReadBytes(path) is { } bytes) return (System.Text.Encoding.UTF8.GetString(bytes), path);
        path = Path.Combine(directory, TokenizerConfig);
        if (Read(directory, TokenizerConfig)?["chat_template"] is not { IsNull: false } entry) return (null, path);
        // Some folders hold several templates by name.
        if (!entry.Json.StartsWith('[')) return (entry.String(), path);
        var chosen = entry.Items().FindAll(t => t["name"].String() == "default");
        return (chosen is [var first, ..] ? first["template"].String() : null, path);
    }

    private static FileEntry? Read(string directory, string file)
    {
        var path = Path.Combine(directory, file);
        if (ReadBytes(path) is not { } bytes) return null;
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return new FileEntry(document.RootElement.Clone(), "", path);
        }
        catch (JsonException e)
        {
            throw new ModelFormatException($"'{path}' is not JSON: {e.Message}", e);
        }
    }

    private static byte[]? ReadBytes(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllBytes(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"'{path}' cannot be read: {e.Message}", e);
        }
    }
}
