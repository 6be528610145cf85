using Microsoft.AspNetCore.Http;

namespace AgentTeams.Serving;

/// <summary>Says what went wrong, in OpenAI's form.</summary>
internal static class ErrorReply
{
    public static async Task WriteAsync(HttpContext context, RequestException error)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.StatusCode = error.Status;
            await Wire.WriteAsync(context, Of(error), Wire.Json.ErrorBody).ConfigureAwait(false);
            return;
        }

        // A reply that broke off must not look like one that ended. A server that sees an exception sends what was written and closes the connection
        // without the mark of the end; to abort it would lose what is on its way.
        throw error;
    }

    public static ErrorBody Of(RequestException error) => new(new(error.Message, error.Type, error.Param, error.Code));

    public static Task NotFoundAsync(HttpContext context) => WriteAsync(context, new(StatusCodes.Status404NotFound,
        $"There is no {context.Request.Method} {context.Request.Path} here. There are GET /v1/models, POST /v1/chat/completions and GET /health.",
            code: "unknown_url"));
}
