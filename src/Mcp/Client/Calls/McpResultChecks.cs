using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Mcp;

/// <summary>Reads results, and refuses those that are too large or are not what the tool promised. Nothing is cut off: half a document, or half an image, is another answer than the tool's.</summary>
internal static class McpResultChecks
{
    public static ToolResult Read(JsonElement result, McpToolDefinition tool, McpOptions options)
    {
        var read = McpResult.Read(result);
        CheckSize(result, read, tool.Name, options);
        if (options.ValidateResults && !read.IsError && tool.Output?.Violation(read.Json) is { } violation)
        {
            throw new McpToolException(options.Name, tool.Name, McpFailure.InvalidResult,
                $"its result violates its output schema: {violation}. Mend the tool, or set McpOptions.ValidateResults to false.");
        }

        return read;
    }

    /// <summary>Sees to it that a result is no larger than the options allow.</summary>
    public static void CheckSize(JsonElement raw, ToolResult result, string name, McpOptions options)
    {
        // Most results are small, and what is small as a whole is so in its parts.
        if (JsonMarshal.GetRawUtf8Value(raw).Length <= Math.Min(options.MaxResultBytes, options.MaxDataBytes)) return;
        var data = result.Contents.OfType<DataContent>().Sum(d => (long)d.Base64Data.Length);
        if (data > options.MaxDataBytes) throw TooLarge(name, "images, audio or other data", data, options.MaxDataBytes, nameof(McpOptions.MaxDataBytes), options);
        var text = result.Contents.OfType<TextContent>().Sum(t => (long)Encoding.UTF8.GetByteCount(t.Text)) + (result.Json is { } json ? JsonMarshal.GetRawUtf8Value(json).Length : 0);
        if (text > options.MaxResultBytes) throw TooLarge(name, "text and structured data", text, options.MaxResultBytes, nameof(McpOptions.MaxResultBytes), options);
    }

    private static McpToolException TooLarge(string name, string what, long size, long limit, string option, McpOptions options) => new(options.Name, name, McpFailure.TooLarge,
        string.Create(CultureInfo.InvariantCulture, $"its result holds {size} bytes of {what}, and {limit} are allowed. Ask it for less, or raise McpOptions.{option}."));
}
