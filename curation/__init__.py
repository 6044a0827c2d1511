"""Tribune's library: pull, keep, tag, search and curate customer feedback. Knows neither Prefect nor Streamlit."""
